// The answer on the terminal. Pure. Includes base.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// The table of modes, the hops, and what to bear in mind, from result.json's object; ends with a newline.
/// Plain text, no colour, at most 118 columns for the usual modes.
[[nodiscard]] std::string render_table(const nlohmann::json& result);

}  // namespace hopcost::campaign
