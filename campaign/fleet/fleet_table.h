// A fleet's result as text for the terminal, from the object of fleet.json. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// A row for each host and a column for each mode, with the means over the hosts; then the outliers, and the
/// hosts without a complete result with the reason.
[[nodiscard]] std::string fleet_table(const nlohmann::json& fleet);

}  // namespace hopcost::campaign
