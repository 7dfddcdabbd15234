// Figures and their contrasts as tables and pages show them. Pure. Includes nothing of ours.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// Four digits, with k, M or G from 10,000 on: "1.216G". "-" for what is no number.
[[nodiscard]] std::string short_number(const nlohmann::json& value);

/// "1.216G [994.6M, 1.46G] bit/s"; without the interval where it is not known, empty without a value.
[[nodiscard]] std::string figure_text(const nlohmann::json& value, const nlohmann::json& ci95,
                                      const std::string& unit);

/// A contrast {"estimate", "ci95"}: in percent, or in the figure's unit, depending on "compared_by" of
/// `figure`; "-" when there is none.
[[nodiscard]] std::string contrast_text(const nlohmann::json& figure, const nlohmann::json& contrast);

}  // namespace hopcost::campaign
