// Contrasts between lanes over builds: costs, controls, pairs, shifts, and the verdicts on them. Pure.
// Includes base, stats.
#pragma once

#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// `lane` less `other`.
[[nodiscard]] ByBuild differences(const Measured& measured, std::size_t level, std::size_t lane,
                                  std::size_t other);

/// A mode against host (lane 0), of the builds that have both; of none it has no figure. The verdict and
/// Holm's p are left to judge().
[[nodiscard]] Cost contrast(const Measured& measured, std::size_t level, const Slowness& speed,
                            std::size_t lane, std::uint64_t seed);

/// What its verdicts are held against: =host and host#2 less host, null where it has none.
[[nodiscard]] std::vector<const OverBuilds*> controls_of(const LevelFigures& level);

/// Holm over all modes' p-values, then the verdicts, none beyond what the controls leave open.
void judge(LevelFigures& level);

}  // namespace hopcost::campaign
