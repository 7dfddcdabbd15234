// Whether a device may carry the person's own connection: the host's default route goes through it, or
// through something on top of it. Set-up only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hopcost {

/// A network device, as far as this matters.
struct RoutedLink {
  unsigned index = 0;
  std::string name = {};
  unsigned master = 0;  ///< The bridge, bond, team or VRF it is a port of; 0: of none.
  unsigned on =
      0;  ///< The device that a VLAN, macvlan, ipvlan or tunnel sits on; 0: on none of this namespace.
  bool defaults = false;  ///< A default route of any table goes out of it.
};

/// The device that has a default route: `device` itself, its master, what sits on it, or theirs, however far
/// up. Nothing when there is none.
[[nodiscard]] std::optional<std::string> default_route_above(std::string_view device,
                                                             const std::vector<RoutedLink>& links);

/// All devices of the calling thread's namespace. A route that rejects, and one for half of all addresses, is
/// no default route. Errors: of netlink.
[[nodiscard]] Result<std::vector<RoutedLink>> read_routed_links();

}  // namespace hopcost
