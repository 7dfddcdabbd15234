// Whether a device may carry the person's own connection, because the host's default route goes through it or
// through a device on top of it. Set-up only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hopcost {

/// The properties of a network device that matter here.
struct RoutedLink {
  unsigned index = 0;
  std::string name = {};
  unsigned master = 0;  ///< The bridge, bond, team or VRF that it is a port of; 0: none.
  unsigned on = 0;      ///< The device under this VLAN, macvlan, ipvlan or tunnel; 0: none in this namespace.
  bool defaults = false;  ///< Whether a default route of any table goes out of it.
};

/// The device with a default route that is `device` itself, its master, a device on top of it, or any further
/// up from these. Nothing when there is none.
[[nodiscard]] std::optional<std::string> default_route_above(std::string_view device,
                                                             const std::vector<RoutedLink>& links);

/// All devices of the calling thread's namespace. Rejecting routes, and routes to half of all addresses, do
/// not count as default routes. Errors: of netlink.
[[nodiscard]] Result<std::vector<RoutedLink>> read_routed_links();

}  // namespace hopcost
