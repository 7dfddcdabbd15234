// Reads and writes a header field's value, as bytes and as text. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/layer_format.h"

namespace hopcost {

/// A field's value: a number of up to 128 bits, the field's first bit being the most significant.
struct FieldBits {
  std::uint64_t high = 0;  ///< The upper 64 bits; 0 for fields of up to 64 bits.
  std::uint64_t low = 0;
  friend bool operator==(const FieldBits&, const FieldBits&) = default;
};

/// The largest number of `bits` bits (1..64).
[[nodiscard]] constexpr std::uint64_t field_mask(unsigned bits) noexcept {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

/// Writes a field of the layer that begins at `layer`. Other bits in the same bytes stay; bits of `value`
/// above the field's size are dropped.
void store_field(std::byte* layer, const FieldFormat& f, FieldBits value) noexcept;
/// Reads a field of the layer that begins at `layer`.
[[nodiscard]] FieldBits load_field(const std::byte* layer, const FieldFormat& f) noexcept;

/// Parses text as people write it: "80", "0x800", "02:00:00:00:00:01", "198.18.0.1", "2001:2::1"; TCP flags
/// also as letters of FSRPAUEC ("SA" is SYN and ACK). Any field may be written as a number of up to 64 bits.
/// Errors: kUsage, also for numbers too large for the field.
[[nodiscard]] Result<FieldBits> parse_field(const FieldFormat& f, const std::string& text);
/// Text that parse_field() reads, in the field's own form.
[[nodiscard]] std::string field_text(const FieldFormat& f, FieldBits value);

}  // namespace hopcost
