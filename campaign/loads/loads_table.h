// A run of loads as text for the terminal. Pure. Includes nothing of ours.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// A table for each case, and notes_of(), from the object of result.json; ends with a newline. Plain text
/// without colour.
[[nodiscard]] std::string render_loads(const nlohmann::json& result);

/// The result's reasons as notes, and why the run ended early; may be empty.
[[nodiscard]] std::string notes_of(const nlohmann::json& result);

}  // namespace hopcost::campaign
