// What one hop of a chain costs: the slope of latency over the number of bridges, or of routers; and whether
// the costs lie on a straight line. Pure. Includes base, stats.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// Takes a topology's name apart into what its hops are and how many it has: "bridge-4" gives "bridge" and 4,
/// "bridge" gives "bridge" and 1.
[[nodiscard]] std::pair<std::string, unsigned> hops_by_name(const std::string& topology);

/// Every chain of which the level has two or more modes, sorted by name. Least squares over the modes within
/// each pair of trains; then over builds as for any contrast, at the speed of the undisturbed CPU.
[[nodiscard]] std::vector<Chain> chains_of(const Measured& measured, std::size_t level,
                                           const Slowness& speed);

}  // namespace hopcost::campaign
