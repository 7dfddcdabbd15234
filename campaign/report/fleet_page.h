// Makes a fleet's page from its fleet.json alone: each mode's costs on all hosts, drawn to one scale. The
// page has no script. Pure. Includes base/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// The page for the object of fleet.json (doc/fleet.md). Members that are missing or of another type are left
/// out of it.
[[nodiscard]] std::string make_fleet_page(const nlohmann::json& fleet);

}  // namespace hopcost::campaign
