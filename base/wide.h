// Products of 64-bit numbers with more than 64 bits, also where the compiler has no type for them (32-bit
// machines). Header only; includes nothing of ours. Safe from any thread.
#pragma once

#include <cstdint>

namespace hopcost {

/// Fraction bits in the factor of scaled().
inline constexpr int kFractionBits = 32;

/// floor(value * factor / 2^32); the caller makes sure that the result fits.
[[nodiscard]] inline std::int64_t scaled_in_halves(std::int64_t value, std::int64_t factor) noexcept {
  const auto low = static_cast<std::uint64_t>(value) & 0xffffffffu;
  const auto factor_low = static_cast<std::uint64_t>(factor) & 0xffffffffu;
  const std::int64_t high = value >> 32, factor_high = factor >> 32;  // with their signs
  // (high * 2^32 + low) * (factor_high * 2^32 + factor_low), wrapping as two's complement does
  const std::uint64_t crossed =
      static_cast<std::uint64_t>(high) * factor_low + static_cast<std::uint64_t>(factor_high) * low;
  const std::uint64_t top = static_cast<std::uint64_t>(high) * static_cast<std::uint64_t>(factor_high) << 32;
  return static_cast<std::int64_t>(top + crossed + (low * factor_low >> 32));
}

/// The same, with 128-bit numbers where the compiler has them.
[[nodiscard]] inline std::int64_t scaled(std::int64_t value, std::int64_t factor) noexcept {
#if defined(__SIZEOF_INT128__)
  __extension__ using Wide = __int128;
  return static_cast<std::int64_t>((static_cast<Wide>(value) * factor) >> kFractionBits);
#else
  return scaled_in_halves(value, factor);
#endif
}

}  // namespace hopcost
