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

/// Four significant digits, with k, M or G for large numbers; "-" if it is no number.
[[nodiscard]] std::string short_number(const nlohmann::json& value);

/// A contrast and its interval: in percent, or in the figure's unit, depending on "compared_by" of `figure`;
/// "-" when there is none.
[[nodiscard]] std::string contrast(const nlohmann::json& figure, const nlohmann::json& c);

}  // namespace hopcost::campaign
