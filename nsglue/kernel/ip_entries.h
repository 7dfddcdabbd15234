// Addresses, routes, neighbours and bridge forwarding entries over rtnetlink. One thread per socket. Includes
// base/ and topology/.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/netlink/socket.h"
#include "base/result.h"
#include "nsglue/topology/address.h"

namespace hopcost::nsglue {

/// A route of the main table.
struct RouteEntry {
  Prefix to;
  std::optional<Prefix> via;
  unsigned index = 0;  ///< of the device; 0 when adding: the kernel finds it.
};
/// Who owns an address on a device's link.
struct NeighbourEntry {
  unsigned index = 0;
  Prefix ip;
  std::string mac;
  bool permanent = false;
  friend bool operator==(const NeighbourEntry&, const NeighbourEntry&) = default;
};
/// MAC addresses behind a bridge's port.
struct FdbEntry {
  unsigned index = 0;  ///< the port.
  std::string mac;
  bool fixed = false;  ///< static: never aged, never moved.
  friend bool operator==(const FdbEntry&, const FdbEntry&) = default;
};

/// IPv6 addresses are usable at once (IFA_F_NODAD).
[[nodiscard]] Result<void> add_address(netlink::Socket& rtnetlink, unsigned index, const Prefix& address,
                                       const std::string& device);
/// To the main table. Errors: the kernel's, naming the prefix.
[[nodiscard]] Result<void> add_route(netlink::Socket& rtnetlink, const RouteEntry& route);
/// Permanent: never probed, never aged.
[[nodiscard]] Result<void> add_neighbour(netlink::Socket& rtnetlink, unsigned index, const Prefix& ip,
                                         const Mac& mac);
/// Adds a static entry to the port's bridge. Errors: the kernel's, naming the MAC.
[[nodiscard]] Result<void> add_fdb(netlink::Socket& rtnetlink, unsigned port_index, const Mac& mac);

/// "INDEX ADDRESS/LENGTH" of every address.
[[nodiscard]] Result<std::set<std::string>> read_addresses(netlink::Socket& rtnetlink);
/// As read_addresses() has it.
[[nodiscard]] std::string address_key(unsigned index, const Prefix& address);
/// The main table.
[[nodiscard]] Result<std::vector<RouteEntry>> read_routes(netlink::Socket& rtnetlink);
/// Those of all devices, IPv4 and IPv6.
[[nodiscard]] Result<std::vector<NeighbourEntry>> read_neighbours(netlink::Socket& rtnetlink);
/// Those of all bridges' ports.
[[nodiscard]] Result<std::vector<FdbEntry>> read_fdb(netlink::Socket& rtnetlink);

}  // namespace hopcost::nsglue
