// The other end of a veth pair, as far as the caller may see it; for error messages. Set-up only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hopcost::pktgen {

struct VethPeer {
  std::string name;
  std::string netns;  ///< Namespace's name in /run/netns; empty: the device's own, or one without a name.
  bool elsewhere = false;  ///< It is in another namespace than the device.
  std::uint32_t mtu = 0;

  /// "d0", "d0 in namespace rx", "d0 in another namespace".
  [[nodiscard]] std::string where() const;
  /// The command that sets it up.
  [[nodiscard]] std::string set_up() const;
};

/// The other end of a device of the calling thread's namespace. Nothing when the device is no veth, or its
/// other end is in a namespace in which the caller has no CAP_NET_ADMIN.
[[nodiscard]] std::optional<VethPeer> veth_peer(unsigned ifindex);

}  // namespace hopcost::pktgen
