// A run of loads on the terminal. Pure. Includes nothing of ours.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// A table for each case, and what to bear in mind, from result.json's object; ends with a newline. Plain
/// text, no colour.
[[nodiscard]] std::string render_loads(const nlohmann::json& result);

/// What to bear in mind alone.
[[nodiscard]] std::string notes_of(const nlohmann::json& result);

/// Four significant digits, with k, M or G where the number is large; "-" where it is none.
[[nodiscard]] std::string short_number(const nlohmann::json& value);

/// A contrast and its interval: percent, or the figure's own unit, as `figure` is compared by
/// ("compared_by"); "-" where there is none.
[[nodiscard]] std::string contrast(const nlohmann::json& figure, const nlohmann::json& c);

}  // namespace hopcost::campaign
