// Combines the figures of several containers that work at once: their sum or mean, and how evenly they share.
// Pure. Includes base, stats.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hopcost::campaign {

/// The kind ("name", "unit", ...) of the figure by which containers are compared with each other: the first
/// that is summed, else the first of all. Null without any.
[[nodiscard]] nlohmann::json shared_kind(const nlohmann::json& kinds);

/// `kinds`, and for several containers also "fairness": Jain's index of shared_kind()'s figure.
[[nodiscard]] nlohmann::json kinds_together(const nlohmann::json& kinds, std::size_t containers);

/// The combined figures by name. One container's are its own. For several, a kind with "over_containers"
/// "sum" is summed, any other is the mean; "fairness" is added. A figure that one container lacks is left
/// out. `figures`: one object per container, at least one.
[[nodiscard]] nlohmann::json figures_together(const nlohmann::json& kinds,
                                              const std::vector<nlohmann::json>& figures);

}  // namespace hopcost::campaign
