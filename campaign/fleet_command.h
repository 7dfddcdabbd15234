// "hopcost fleet": runs one campaign on every host of an inventory. Includes base.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/fleet/run_hosts.h"

namespace hopcost::campaign {

/// What a fleet is asked to do.
struct FleetOptions {
  std::vector<std::string> inventory;  ///< Sources for Ansible, at least one.
  std::filesystem::path campaign;      ///< Empty: the defaults of a run.
  std::string limit;                   ///< As for fleet_hosts().
  RunLimits limits;
  std::filesystem::path out;      ///< Empty: results/fleet-<time of day>.
  std::filesystem::path metrics;  ///< Where to copy fleet.prom; empty: nowhere.
  bool collect = false;           ///< Start nothing: make the table from what the folder has.
  bool kubernetes = false;        ///< Print manifests that use `image`, and do nothing else.
  std::string image = "hopcost:" HOPCOST_VERSION;
  bool json = false, quiet = false;
};

/// Runs the hosts that have no complete and fit result of this campaign yet, and writes fleet.json,
/// report.html and fleet.prom. Gives kOk when every host has a complete and fit result, kUnfit when every
/// host has a complete result and some are unfit, kPartial when some host has no complete result, kFailure
/// when no host has any. Errors: kUsage and kMissing, before anything is begun; kRefused when another fleet
/// works in the folder; those of writing.
[[nodiscard]] Result<Exit> fleet_command(const FleetOptions& options,
                                         const std::vector<std::string>& command);

}  // namespace hopcost::campaign
