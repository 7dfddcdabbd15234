// A fleet's result as a person reads it on a terminal, from fleet.json's object. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// A row a host and a column a mode, what the hosts say together, and whoever has no result by name.
[[nodiscard]] std::string fleet_table(const nlohmann::json& fleet);

}  // namespace hopcost::campaign
