// Runs a fleet's hosts, several at once. One owner thread. Includes base/.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "campaign/fleet/fleet_json.h"

namespace hopcost::campaign {

/// Limits for run_hosts().
struct RunLimits {
  std::size_t forks = 5;  ///< How many hosts run at once; at least 1.
  double timeout_s = 0;   ///< For one host's run; 0: none.
};

/// Runs the hosts whose outcome is "waiting", in their folders within `fleet`, and sets their outcome. A stop
/// signal ends the running ones, which write what they have, and begins no more. `tell` is called as each
/// host ends.
void run_hosts(const std::filesystem::path& fleet, const std::string& campaign,
               std::vector<FleetMember>& members, const RunLimits& limits,
               const std::function<void(const FleetMember&)>& tell);

}  // namespace hopcost::campaign
