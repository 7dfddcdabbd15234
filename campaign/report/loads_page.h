// Makes the page of a run of loads from its result.json alone: each figure as a table, with its intervals
// drawn. The page has no script. Pure. Includes nothing of ours.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// The page for the object of result.json (doc/loads.md). Members that are missing or of another type are
/// left out of it.
[[nodiscard]] std::string make_loads_page(const nlohmann::json& result);

}  // namespace hopcost::campaign
