// How evenly a mode serves its containers, build by build. Pure. Includes base, stats.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// Jain's index of shares: the square of their sum over n times the sum of their squares, from 1/n, when one
/// gets all, to 1, when all get the same (Jain, Chiu, Hawe, DEC-TR-301, 1984). Nothing of none, and where all
/// are 0.
[[nodiscard]] std::optional<double> jain_index(const std::vector<double>& shares);

/// Nothing where packets were not spread over many containers. Host's are parted the same way, and all come
/// to one end: its index says what the scatter of so few packets makes of it.
[[nodiscard]] std::optional<Fairness> fairness_of(const Measured& measured, std::size_t level,
                                                  std::size_t lane);

}  // namespace hopcost::campaign
