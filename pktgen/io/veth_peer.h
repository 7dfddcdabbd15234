// The other end of a veth pair, as far as the caller may see it: error messages name it. Set-up only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hopcost::pktgen {

struct VethPeer {
  std::string name;
  std::string
      netns;  ///< Its name in /run/netns; empty when it is in the device's own, or in one without a name.
  bool elsewhere = false;  ///< In another namespace than the device.
  std::uint32_t mtu = 0;

  /// "d0", "d0 in namespace rx", "d0 in another namespace".
  [[nodiscard]] std::string where() const;
  /// The command that switches it on.
  [[nodiscard]] std::string set_up() const;
};

/// Of a device of the calling thread's namespace. Nothing when it is no veth, or its other end is in a
/// namespace that the caller has no CAP_NET_ADMIN in.
[[nodiscard]] std::optional<VethPeer> veth_peer(unsigned ifindex);

}  // namespace hopcost::pktgen
