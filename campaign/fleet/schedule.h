// Chooses the next host of a fleet. Two runs never share a machine, because each would disturb the other's
// figures. Pure. Includes design/.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "campaign/fleet/inventory.h"

namespace hopcost::campaign {

/// The machines that a host's run occupies: its tester's and its device's, once if they are one. They are
/// distinguished by how they are reached.
[[nodiscard]] std::vector<std::string> places_of(const FleetHost& host);

/// The host to begin now, from `waiting` (indices of `hosts`, in order): among those whose machines are all
/// free, the one whose tester has most hosts to serve, since these would end last; the first of several.
/// Nothing when all must wait for one of `running`.
[[nodiscard]] std::optional<std::size_t> next_host(const std::vector<FleetHost>& hosts,
                                                   const std::vector<std::size_t>& waiting,
                                                   const std::vector<std::size_t>& running);

}  // namespace hopcost::campaign
