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

/// One's complement sum of 64-bit words: carry out of the top goes in at the bottom.
[[nodiscard]] constexpr std::uint64_t ones_add(std::uint64_t a, std::uint64_t b) noexcept {
  const std::uint64_t s = a + b;
  return s + (s < a ? 1 : 0);
}

/// 64 bits folded to 16; 0 only when `sum` is 0.
[[nodiscard]] constexpr std::uint16_t ones_fold(std::uint64_t sum) noexcept {
  // Each half plus the other, with the carry out of the lower one going into the upper one: the sum is there.
  const auto half = static_cast<std::uint32_t>((sum + std::rotl(sum, 32)) >> 32);
  return static_cast<std::uint16_t>((half + std::rotl(half, 16)) >> 16);
}

/// Native-order sum of any number of bytes, an odd last one padded with zero; not complemented. `bytes` must
/// begin at an even distance from the start of what is summed (else swap the folded bytes).
[[nodiscard]] std::uint64_t ones_sum(std::span<const std::byte> bytes) noexcept;

/// What goes into a checksum field (memcpy, native order) for a sum taken with that field as 0.
[[nodiscard]] constexpr std::uint16_t checksum_of(std::uint64_t sum) noexcept {
  return static_cast<std::uint16_t>(~ones_fold(sum));
}

/// The same for UDP, where 0 says "none" and 0xffff stands for 0 (RFC 768; mandatory over IPv6, RFC 8200
/// section 8.1).
[[nodiscard]] constexpr std::uint16_t udp_checksum_of(std::uint64_t sum) noexcept {
  const std::uint16_t c = checksum_of(sum);
  return c == 0 ? 0xffff : c;
}

}  // namespace hopcost
