// Sizes and rates, each defined once. Header only; includes nothing of ours.
#pragma once

#include <cstdint>

namespace hopcost {

inline constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

/// Frame check sequence, not seen by software.
inline constexpr std::uint32_t kFcsBytes = 4;
/// What a frame takes on an Ethernet wire besides its bytes without FCS: FCS 4, preamble and SFD 8, gap 12
/// (IEEE 802.3 clauses 3.1.1 and 4.4.2).
inline constexpr std::uint32_t kWireOverheadBytes = 24;

/// Bytes without FCS of a frame of `size`, which is with FCS as in RFC 2544 (64, 128, ... 1518).
[[nodiscard]] constexpr std::uint32_t frame_bytes(std::uint32_t size) noexcept {
  return size - kFcsBytes;
}
/// Bytes on the wire for a frame of `frame` bytes without FCS.
[[nodiscard]] constexpr std::uint32_t wire_bytes(std::uint32_t frame) noexcept {
  return frame + kWireOverheadBytes;
}

}  // namespace hopcost
