// Addresses, routes, neighbours and bridge forwarding entries over rtnetlink. Internal to nsglue. Includes
// only base/.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/address.h"
#include "nsglue/netlink.h"

namespace hopcost::nsglue {

struct RouteEntry {
  Prefix to;
  std::optional<Prefix> via;
  unsigned index = 0;  ///< of the device; 0 when adding: the kernel finds it.
};
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
[[nodiscard]] Result<void> add_address(Netlink& netlink, unsigned index, const Prefix& address,
                                       const std::string& device);
[[nodiscard]] Result<void> add_route(Netlink& netlink, const RouteEntry& route);
/// Permanent: never probed, never aged.
[[nodiscard]] Result<void> add_neighbour(Netlink& netlink, unsigned index, const Prefix& ip, const Mac& mac);
[[nodiscard]] Result<void> add_fdb(Netlink& netlink, unsigned port_index, const Mac& mac);

/// "INDEX ADDRESS/LENGTH" of every address.
[[nodiscard]] Result<std::set<std::string>> read_addresses(Netlink& netlink);
[[nodiscard]] std::string address_key(unsigned index, const Prefix& address);
/// The main table.
[[nodiscard]] Result<std::vector<RouteEntry>> read_routes(Netlink& netlink);
[[nodiscard]] Result<std::vector<NeighbourEntry>> read_neighbours(Netlink& netlink);
[[nodiscard]] Result<std::vector<FdbEntry>> read_fdb(Netlink& netlink);

}  // namespace hopcost::nsglue
