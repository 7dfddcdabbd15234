// Draws what a machine did in the course of a load's quantum. Pure. Includes nothing of ours.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// One figure's chart, a line for each mode, as HTML with SVG in it. `series`: an element of `series` of
/// result.json (doc/loads.md). Empty when no mode has two points.
[[nodiscard]] std::string time_chart(const nlohmann::json& series);

}  // namespace hopcost::campaign
