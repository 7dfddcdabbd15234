// Contrasts between lanes over builds: costs, controls, pairs, shifts, and the verdicts on them. Pure.
// Includes base, stats.
#pragma once

#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// By build that counts: `lane` less `other` at their ends, ns.
[[nodiscard]] ByBuild differences(const Measured& measured, std::size_t level, std::size_t lane,
                                  std::size_t other);

/// The cost of a mode against host (lane 0), over the builds that have both; without any it has no figure.
/// judge() fills in the verdict and Holm's p-values afterwards.
[[nodiscard]] Cost contrast(const Measured& measured, std::size_t level, const Slowness& speed,
                            std::size_t lane, std::uint64_t seed);

/// The controls of a level: =host less host and host#2 less host; null for one that was not measured.
[[nodiscard]] std::vector<const OverBuilds*> controls_of(const LevelFigures& level);

/// Adjusts the p-values of all modes by Holm, and gives the verdicts; none claims more than the controls
/// allow.
void judge(LevelFigures& level);

}  // namespace hopcost::campaign
