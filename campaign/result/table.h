// The answer on the terminal. Pure. Includes base.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// The tables of each load, the hops, and what to bear in mind, from result.json's object; ends with a
/// newline. Plain text, no colour, at most 110 columns for the usual modes.
[[nodiscard]] std::string render_table(const nlohmann::json& result);

}  // namespace hopcost::campaign
