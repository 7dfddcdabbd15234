// Frames back into layers, and into a line a person reads. Reads hostile input: every access is
// bounds-checked. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "wire/layer_format.h"

namespace hopcost {

/// A frame's layers, and what is left behind the last of them.
struct Dissected {
  std::vector<PlacedLayer> layers;  ///< Outermost first; empty when there is not even an Ethernet header.
  std::size_t payload_at = 0;
  std::size_t payload_bytes =
      0;  ///< By the innermost IP header's length, where there is one; the rest is padding.
};

/// `frame` begins at the Ethernet header, has no FCS. Stops at the first header that is unknown or cut
/// short. Options have layers of their own, inside their header's; malformed ones, and what follows them,
/// have none.
[[nodiscard]] Dissected dissect(std::span<const std::byte> frame);

/// As tshark's line says it, but for number and time: "198.18.0.1 -> 198.18.0.2 UDP 60 9 -> 9 Len=18", with
/// the probe, if there is one: " flow=1 seq=0".
[[nodiscard]] std::string summary_line(std::span<const std::byte> frame);

/// One line a layer: "  ipv4 dscp=0 ecn=0 ... checksum=0xae97 (right)".
[[nodiscard]] std::string layer_lines(std::span<const std::byte> frame);

}  // namespace hopcost
