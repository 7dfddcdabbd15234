// How slow the CPU was from moment to moment, and the figures of each moment. Pure. Includes base, stats.
#pragma once

#include "campaign/figures/analysis.h"
#include "stats/slowness.h"

namespace hopcost::campaign {

/// The CPU's slowness for each build that counts and each pair of trains, from the times of the controls,
/// =host and host#2 in this order. =host goes through host's instance, whose own cost is in each figure;
/// host#2 through one of its own (Slowness::expected).
[[nodiscard]] Slowness speed_of(const Measured& measured, std::size_t level);

/// By build that counts and pair of trains: a figure, ns or a share, and the pair's instance. Infinite where
/// the median packet was lost (of the second lane: minus infinity), NaN where there is none, or it was in
/// both.
struct ByPair {
  std::vector<std::vector<double>> figures;
  std::vector<std::vector<std::size_t>> instances;
};

/// `lane` less `other`, at their ends, ns.
[[nodiscard]] ByPair pair_differences(const Measured& measured, std::size_t level, std::size_t lane,
                                      std::size_t other);

/// `lane` less host, divided by host.
[[nodiscard]] ByPair pair_shares(const Measured& measured, std::size_t level, std::size_t lane);

/// A slow CPU may leave a cost as it is, or make it grow up to so many times as fast as host's latency does,
/// in proportion.
inline constexpr double kMostGrowth = 2;

/// How fast costs (mode less host, ns) may grow with slowness, ns per ns.
[[nodiscard]] Interval growth_of(const ByPair& costs, const Slowness& speed);
/// The same of one lane's cost.
[[nodiscard]] Interval growth_of(const Measured& measured, std::size_t level, std::size_t lane,
                                 const Slowness& speed);
/// The same of costs as shares of host, per ns: they fall where a cost does not grow.
[[nodiscard]] Interval share_growth_of(const ByPair& shares, const Slowness& speed);

}  // namespace hopcost::campaign
