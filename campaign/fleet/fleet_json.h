// Makes fleet.json (doc/fleet.md): every host's costs side by side, their means over the hosts, and which
// hosts differ. Pure. Includes base, stats and this floor.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/fleet/host_folder.h"
#include "campaign/fleet/inventory.h"

namespace hopcost::campaign {

inline constexpr const char* kFleetSchema = "hopcost.fleet/1";

/// A host and its outcome.
struct FleetMember {
  FleetHost host;
  HostOutcome outcome;
  bool reused = false;  ///< It already had a complete result, which was kept.
  double took_s = 0;    ///< Duration of its run; 0: it was not run.
};

/// Facts about a fleet besides its hosts.
struct FleetFacts {
  std::vector<std::string> command;
  std::string started;  ///< ISO 8601, UTC.
  double elapsed_s = 0;
  std::vector<std::string> inventory;  ///< As named on the command line; so is `campaign`.
  std::string campaign;
};

/// The object of fleet.json; doc/fleet.md describes its members. Hosts are in the order of `members`.
[[nodiscard]] nlohmann::json fleet_json(const FleetFacts& facts, const std::vector<FleetMember>& members);

}  // namespace hopcost::campaign
