// The page of a run of loads, from its result.json alone: each figure as a table with its intervals drawn. No
// script. Pure. Includes nothing of ours.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// Of result.json's object (doc/loads.md). Members that are missing or of another type are left out of the
/// page.
[[nodiscard]] std::string make_loads_page(const nlohmann::json& result);

}  // namespace hopcost::campaign
