// Big-endian fields in byte buffers, at any alignment. Header only; includes nothing of ours. Safe from any
// thread.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace hopcost {

/// Converts between the host's and network byte order; its own inverse.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T big_endian(T v) noexcept {
  if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1) {
    return v;
  } else {
    if constexpr (sizeof(T) == 2) return __builtin_bswap16(v);
    if constexpr (sizeof(T) == 4) return __builtin_bswap32(v);
    if constexpr (sizeof(T) == 8) return __builtin_bswap64(v);
  }
}

/// Reads sizeof(T) bytes at `at`; the caller has checked that they are there.
template <std::unsigned_integral T>
[[nodiscard]] inline T load_be(const std::byte* at) noexcept {
  T v;
  std::memcpy(&v, at, sizeof v);
  return big_endian(v);
}

/// Writes sizeof(T) bytes at `at`.
template <std::unsigned_integral T>
inline void store_be(std::byte* at, T value) noexcept {
  const T v = big_endian(value);
  std::memcpy(at, &v, sizeof v);
}

}  // namespace hopcost
