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

/// How far from 0 the controls may be, for all this run knows: the furthest end of their intervals. So an
/// imprecise control allows fewer claims than a precise one. Infinite when a control has no interval.
[[nodiscard]] double control_floor(const LevelFigures& level);

/// The part of it that more builds don't take away: a control whose interval leaves 0 out differs by its
/// estimate, however many builds there are.
[[nodiscard]] double lasting_floor(const LevelFigures& level);

/// Holm over all modes' p-values, then the verdicts, none beyond what the controls leave open.
void judge(LevelFigures& level);

}  // namespace hopcost::campaign
