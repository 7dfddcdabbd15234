// One's complement sums of many frames at once, 16 bits each, in network byte order. Hot path.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wire/frame_encoder.h"

namespace hopcost::pktgen {

/// Adds n `terms` to n sums: to[i] += terms[i].
[[gnu::always_inline]] inline void add_all(std::uint16_t* to, const std::uint16_t* terms,
                                           std::size_t n) noexcept {
#pragma GCC ivdep
  for (std::size_t i = 0; i < n; ++i) {
    const auto sum = static_cast<std::uint16_t>(to[i] + terms[i]);
    to[i] = static_cast<std::uint16_t>(sum + (sum < terms[i] ? 1 : 0));
  }
}

/// Turns n sums of all that `place` covers into the values of its field (field_for()).
[[gnu::always_inline]] inline void make_fields(const ChecksumPlace& place, std::uint16_t* sums,
                                               std::size_t n) noexcept {
  if (place.mode != ChecksumMode::kRight) {
    for (std::size_t i = 0; i < n; ++i) sums[i] = field_for(place, sums[i]);
    return;
  }
  const std::uint16_t none = place.zero_is_none ? 0xffff : 0;
  for (std::size_t i = 0; i < n; ++i)
    sums[i] = sums[i] == 0xffff ? none : static_cast<std::uint16_t>(~sums[i]);
}

}  // namespace hopcost::pktgen
