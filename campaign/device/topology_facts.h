// What a topology says of the device under test: whether it routes, learns,
// translates or ends a tunnel, and its addresses.
// Pure; includes nsglue's descriptions.
#pragma once

#include <string>

#include "nsglue/nsglue.h"

namespace hopcost::campaign {

/// The device's end of the wire to one of the tester's devices; null where there is none.
[[nodiscard]] const nsglue::Device* other_end(const nsglue::Topology& t, const nsglue::DeviceRef& of);

/// An address without its prefix length: "198.18.1.1" of "198.18.1.1/24".
[[nodiscard]] std::string bare(const std::string& address);
/// The device's own address where frames go in; empty: it has none.
[[nodiscard]] std::string own_address(const nsglue::Topology& t, bool ipv6);

/// The prefix under which a translator takes IPv4 destinations: that of the sender's /96 route. Empty: it is
/// no translator.
[[nodiscard]] std::string prefix_of(const nsglue::Topology& t);
/// Whether it is a stateless translator, which takes packets from both sides: then the sender's own address
/// has the prefix.
[[nodiscard]] bool is_stateless(const nsglue::Topology& t);

/// "SRC,DST" of the IPv4 packets in which a tunnel's end takes IPv6 packets from the sender; empty: it is
/// none.
[[nodiscard]] std::string tunnel_of(const nsglue::Topology& t);
/// Whether only IPv6 packets go in: the sender has no IPv4 address, or they are translated or in a tunnel.
[[nodiscard]] bool takes_ipv6_alone(const nsglue::Topology& t);

/// Whether frames are routed: the next hop is not where they end.
[[nodiscard]] bool routes(const nsglue::Topology& t);
/// Whether it keeps the state of connections: it masquerades.
[[nodiscard]] bool keeps_connections(const nsglue::Topology& t);
/// Whether a daemon announces the networks: then there is a node "peer" for it.
[[nodiscard]] bool is_fed(const nsglue::Topology& t);
/// Whether it forwards by learned addresses: a bridge without given entries.
[[nodiscard]] bool learns(const nsglue::Topology& t);

}  // namespace hopcost::campaign
