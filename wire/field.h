// One header field's value: into and out of bytes, into and out of text. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/layer_format.h"

namespace hopcost {

/// Up to 128 bits as a number, as the field's bits stand from most to least significant.
struct FieldBits {
  std::uint64_t high = 0;  ///< 0 for fields of 64 bits and less.
  std::uint64_t low = 0;
  friend bool operator==(const FieldBits&, const FieldBits&) = default;
};

/// The largest number `bits` (1..64) hold.
[[nodiscard]] constexpr std::uint64_t field_mask(unsigned bits) noexcept {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

/// Writes a field of the layer that begins at `layer`; the other bits of its bytes stay. Bits above the
/// field's are dropped.
void store_field(std::byte* layer, const FieldFormat& f, FieldBits value) noexcept;
/// Reads a field of the layer that begins at `layer`.
[[nodiscard]] FieldBits load_field(const std::byte* layer, const FieldFormat& f) noexcept;

/// As people write it: "80", "0x800", "02:00:00:00:00:01", "198.18.0.1", "2001:2::1"; TCP flags also as
/// letters of FSRPAUEC ("SA" is SYN and ACK). Any field may be written as a number of up to 64 bits. Errors:
/// kUsage, also for numbers the field does not hold.
[[nodiscard]] Result<FieldBits> parse_field(const FieldFormat& f, const std::string& text);
/// What parse_field() reads, in the field's own form.
[[nodiscard]] std::string field_text(const FieldFormat& f, FieldBits value);

}  // namespace hopcost
