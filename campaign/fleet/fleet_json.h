// fleet.json (doc/fleet.md): every host's costs side by side, what they say together, and who differs. Pure.
// Includes base, stats and this floor.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/fleet/host_folder.h"
#include "campaign/fleet/inventory.h"

namespace hopcost::campaign {

inline constexpr const char* kFleetSchema = "hopcost.fleet/1";

/// A host with what came of it.
struct FleetMember {
  FleetHost host;
  HostOutcome outcome;
  bool reused = false;  ///< It had a complete result before.
  double took_s = 0;    ///< Its run, from start to end; 0: it was not run.
};

/// What is known of a fleet besides its hosts.
struct FleetFacts {
  std::vector<std::string> command;
  std::string started;  ///< ISO 8601, UTC.
  double elapsed_s = 0;
  std::vector<std::string> inventory;  ///< As it was named; so the campaign.
  std::string campaign;
};

/// Members are those of doc/fleet.md; the hosts are in the order given.
[[nodiscard]] nlohmann::json fleet_json(const FleetFacts& facts, const std::vector<FleetMember>& members);

}  // namespace hopcost::campaign
