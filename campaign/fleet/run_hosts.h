// Runs a fleet's hosts, so many at once. One owner thread. Includes base/.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "campaign/fleet/fleet_json.h"

namespace hopcost::campaign {

/// What run_hosts() keeps to.
struct RunLimits {
  std::size_t forks = 5;  ///< Hosts at once; at least 1.
  double timeout_s = 0;   ///< Of one host; 0: none.
};

/// Runs those whose outcome is "waiting", in their folders of `fleet`, and gives each its outcome. A stop
/// signal ends those that run, with what they have, and begins no more. `tell` is called as each host ends.
void run_hosts(const std::filesystem::path& fleet, const std::string& campaign,
               std::vector<FleetMember>& members, const RunLimits& limits,
               const std::function<void(const FleetMember&)>& tell);

}  // namespace hopcost::campaign
