// Figures of several containers at once as one: their sum or their mean, and how evenly they share. Pure.
// Includes base, stats.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hopcost::campaign {

/// The kind ("name", "unit", ..) that containers are compared by with each other: the first that is summed,
/// or else the first of all. Null without any.
[[nodiscard]] nlohmann::json shared_kind(const nlohmann::json& kinds);

/// `kinds`, and with several containers "fairness" behind them: Jain's index of shared_kind()'s figure.
[[nodiscard]] nlohmann::json kinds_together(const nlohmann::json& kinds, std::size_t containers);

/// By name: of one container its own figures, of several the sum where a kind has "over_containers" "sum",
/// else the mean; and "fairness". A figure that one of them has not is left out. `figures`: one object a
/// container, at least one.
[[nodiscard]] nlohmann::json figures_together(const nlohmann::json& kinds,
                                              const std::vector<nlohmann::json>& figures);

}  // namespace hopcost::campaign
