// The result as text for the terminal. Pure. Includes base.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// The tables of each load, the hops, and remarks, from the object of result.json; ends with a newline. Plain
/// text without colour, at most 110 columns wide for modes with usual names.
[[nodiscard]] std::string render_table(const nlohmann::json& result);

}  // namespace hopcost::campaign
