// Packets that passed a device of a namespace. Any thread. Includes base.
#pragma once

#include <cstdint>
#include <string>

namespace hopcost::hopload {

/// Both directions.
struct Packets {
  std::uint64_t packets = 0, bytes = 0;
};

/// Of one device: a packet of a VLAN, or of an overlay, passes those beneath too. Zeros when it is gone.
[[nodiscard]] Packets packets_of(const std::string& netns, const std::string& device);

}  // namespace hopcost::hopload
