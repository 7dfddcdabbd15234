// How fast the CPU was from moment to moment, and figures at the speed it has when nobody disturbs it. Pure.
// Includes base, stats.
#pragma once

#include "campaign/figures/analysis.h"
#include "stats/slowness.h"

namespace hopcost::campaign {

/// For each build that counts and each pair of trains: how fast the CPU was, by the times of the controls
/// (=host, host#2). The controls are no part of any cost, so scatter of host or a mode does not pass for the
/// CPU's speed.
[[nodiscard]] Slowness speed_of(const Measured& measured, std::size_t level);

/// By build that counts and pair of trains: a figure, infinite where packets were lost, NaN where there is
/// none.
using ByPair = std::vector<std::vector<double>>;

/// `lane` less `other`, at their ends.
[[nodiscard]] ByPair pair_differences(const Measured& measured, std::size_t level, std::size_t lane,
                                      std::size_t other);

/// `lane` less host, over host.
[[nodiscard]] ByPair pair_shares(const Measured& measured, std::size_t level, std::size_t lane);

/// How a figure changes when the CPU is slow. A difference grows as host does, or stays, or does something
/// between; a share of host stays, or falls as host grows.
enum class Kind { kDifference, kShare };

/// Figures over builds, each brought to the speed of the undisturbed CPU. `figures`: of as many builds and
/// pairs as `speed`. `looked_before`: as for shift_of().
[[nodiscard]] OverBuilds undisturbed(const ByPair& figures, const Slowness& speed, Kind kind,
                                     std::size_t looked_before = 0);

}  // namespace hopcost::campaign
