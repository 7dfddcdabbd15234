// Parses frames into layers, and describes them as text. Reads hostile input: every access is bounds-checked.
// Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "wire/layer_format.h"

namespace hopcost {

/// A frame's layers, and the payload after the last of them.
struct Dissected {
  std::vector<PlacedLayer> layers;  ///< Outermost first; empty when there is not even an Ethernet header.
  std::size_t payload_at = 0;
  std::size_t payload_bytes = 0;  ///< By the innermost IP header's length, if any; the rest is padding.
};

/// `frame` begins at the Ethernet header and has no FCS. Parsing stops at the first header that is unknown or
/// cut short. Options get their own layers, inside their header's; malformed options and those after them get
/// none.
[[nodiscard]] Dissected dissect(std::span<const std::byte> frame);

/// tshark's line, without number and time: "198.18.0.1 -> 198.18.0.2 UDP 60 9 -> 9 Len=18", then the probe,
/// if there is one: " flow=1 seq=0".
[[nodiscard]] std::string summary_line(std::span<const std::byte> frame);

/// One line per layer: " ipv4 dscp=0 ecn=0 ... checksum=0xae97 (right)".
[[nodiscard]] std::string layer_lines(std::span<const std::byte> frame);

}  // namespace hopcost
