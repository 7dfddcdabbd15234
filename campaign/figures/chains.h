// What one hop of a chain costs: the slope of latency over the number of bridges, or of routers, and whether
// a straight line is what it is. Pure. Includes base, stats.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// The number of hops that a topology's name tells, and of what: "bridge-4" is 4 of "bridge", "bridge" one.
[[nodiscard]] std::pair<std::string, unsigned> hops_by_name(const std::string& topology);

/// Every chain of which the level has two modes or more, by name. Least squares over the
/// modes within each pair of trains; then as for any contrast over builds, on the undisturbed CPU.
[[nodiscard]] std::vector<Chain> chains_of(const Measured& measured, std::size_t level,
                                           const Slowness& speed);

}  // namespace hopcost::campaign
