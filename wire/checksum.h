// The Internet checksum (RFC 1071) over native-order sums. Safe from any thread.
//
// Sums are kept in the host's byte order: one's complement addition commutes with swapping bytes (RFC 1071
// section 2B), so nothing is swapped on the way in, and a folded sum is stored with memcpy as it is.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace hopcost {

/// One's complement sum of 64-bit words: a carry out of the top is added at the bottom.
[[nodiscard]] constexpr std::uint64_t ones_add(std::uint64_t a, std::uint64_t b) noexcept {
  const std::uint64_t s = a + b;
  return s + (s < a ? 1 : 0);
}

/// Folds 64 bits to 16; 0 only when `sum` is 0.
[[nodiscard]] constexpr std::uint16_t ones_fold(std::uint64_t sum) noexcept {
  // Adds the swapped halves; the carry out of the lower half goes into the upper one, which then holds the
  // sum.
  const auto half = static_cast<std::uint32_t>((sum + std::rotl(sum, 32)) >> 32);
  return static_cast<std::uint16_t>((half + std::rotl(half, 16)) >> 16);
}

/// Native-order sum of any number of bytes, not complemented; an odd last byte is padded with zero. `bytes`
/// must begin at an even offset in the data that the checksum covers (else swap the two bytes of the folded
/// sum).
[[nodiscard]] std::uint64_t ones_sum(std::span<const std::byte> bytes) noexcept;

/// The checksum field's value (to be stored with memcpy, native order) for a sum taken with the field as 0.
[[nodiscard]] constexpr std::uint16_t checksum_of(std::uint64_t sum) noexcept {
  return static_cast<std::uint16_t>(~ones_fold(sum));
}

/// The same for UDP, where 0 means "no checksum" and 0xffff stands for 0 (RFC 768; mandatory over IPv6, RFC
/// 8200 section 8.1).
[[nodiscard]] constexpr std::uint16_t udp_checksum_of(std::uint64_t sum) noexcept {
  const std::uint16_t c = checksum_of(sum);
  return c == 0 ? 0xffff : c;
}

}  // namespace hopcost
