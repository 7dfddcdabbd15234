// The page of a fleet, from its fleet.json alone: each mode's costs over the hosts, drawn on one scale. No
// script. Pure. Includes base/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// Of fleet.json's object (doc/fleet.md). Members that are missing or of another type are left out of the
/// page.
[[nodiscard]] std::string make_fleet_page(const nlohmann::json& fleet);

}  // namespace hopcost::campaign
