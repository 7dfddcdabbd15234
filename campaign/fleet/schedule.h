// Which host of a fleet is next: never two runs that share a machine, since one would be in the other's
// figures. Pure. Includes design/.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "campaign/fleet/inventory.h"

namespace hopcost::campaign {

/// The machines that a host's run occupies: its tester and its device. How they are reached tells them apart.
[[nodiscard]] std::vector<std::string> places_of(const FleetHost& host);

/// Of `waiting` (indices into `hosts`, in order) the one to begin now: the first whose machines are all free,
/// those first whose tester has the most hosts to serve, for they end last. Nothing when all must wait for
/// one of `running`.
[[nodiscard]] std::optional<std::size_t> next_host(const std::vector<FleetHost>& hosts,
                                                   const std::vector<std::size_t>& waiting,
                                                   const std::vector<std::size_t>& running);

}  // namespace hopcost::campaign
