// What a WireGuard device is told over generic netlink (linux/wireguard.h): its key, where it listens, and
// the one peer it has. Private keys are random, made here, and nowhere but in the kernel. One thread per
// socket, which is of NETLINK_GENERIC and of the device's namespace. Includes only base/.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/netlink/socket.h"
#include "base/result.h"

namespace hopcost::nsglue {

/// A public key.
using WireguardKey = std::array<std::uint8_t, 32>;

/// The other end, as a device knows it.
struct WireguardPeer {
  WireguardKey key{};
  std::string remote;      ///< "198.18.2.2"; IPv4.
  std::uint16_t port = 0;  ///< UDP.
  bool met = false;        ///< both have shaken hands, so that packets pass.
};
/// A device as the kernel shows it.
struct WireguardState {
  WireguardKey key{};
  std::uint16_t port = 0;
  std::vector<WireguardPeer> peers;
};

/// Gives the device a new private key, and the port it listens at.
[[nodiscard]] Result<void> set_wireguard_key(netlink::Socket& generic, unsigned index, std::uint16_t port);
/// Gives it its peer, to which all packets go and from which any may come.
[[nodiscard]] Result<void> set_wireguard_peer(netlink::Socket& generic, unsigned index,
                                              const WireguardPeer& peer);
/// Starts the handshake with the peer now, so that no packet has to wait for it. Does not wait itself.
[[nodiscard]] Result<void> meet_wireguard_peer(netlink::Socket& generic, unsigned index,
                                               const WireguardKey& peer);
/// Errors: the kernel's, for an index that is no WireGuard device's.
[[nodiscard]] Result<WireguardState> read_wireguard(netlink::Socket& generic, unsigned index);

}  // namespace hopcost::nsglue
