// "hopcost fleet": one campaign on every host of an inventory. Includes base.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/fleet/run_hosts.h"

namespace hopcost::campaign {

/// What a fleet is asked to do.
struct FleetOptions {
  std::vector<std::string> inventory;  ///< Ansible's sources, one at least.
  std::filesystem::path campaign;      ///< Empty: a run's defaults.
  std::string limit;                   ///< fleet_hosts()'s.
  RunLimits limits;
  std::filesystem::path out;      ///< Empty: results/fleet-<time of day>.
  std::filesystem::path metrics;  ///< A copy of fleet.prom, or empty.
  bool collect = false;           ///< Begin nothing: make the table of what the folder has.
  bool kubernetes = false;        ///< Print manifests that use `image`, and do nothing else.
  std::string image = "hopcost:" HOPCOST_VERSION;
  bool json = false, quiet = false;
};

/// Runs those hosts that have no complete and fit result of this campaign yet, and writes fleet.json,
/// report.html and fleet.prom. Gives kOk when every host has a complete result, kUnfit when some of these
/// claim nothing, kPartial when some host has none. Errors: kUsage, kMissing before anything is begun;
/// kRefused when another fleet works in the folder; when no host has a result, the code that is left of them
/// is kFailure.
[[nodiscard]] Result<Exit> fleet_command(const FleetOptions& options,
                                         const std::vector<std::string>& command);

}  // namespace hopcost::campaign
