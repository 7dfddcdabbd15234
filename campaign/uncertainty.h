// The uncertainty budgets of a run's figures, term by term. Pure. Includes base, stats.
#pragma once

#include "base/cpu_clocks.h"
#include "campaign/analysis.h"
#include "stats/uncertainty.h"

namespace hopcost::campaign {

/// What all stamps of a run were taken by.
struct StampFacts {
  ClockFacts clocks;  ///< measured before the first block.
  double fit_ns = 0;  ///< of the sender's clock: the worst slot's standard uncertainty.
};

[[nodiscard]] StampFacts stamp_facts(const ClockFacts& clocks, const std::vector<SlotResult>& slots);

/// Of a mode's cost. Nothing where it has none, or no interval.
[[nodiscard]] std::optional<UncertaintyBudget> cost_uncertainty(const ModeFigures& mode,
                                                                const Figures& figures,
                                                                const StampFacts& stamps);

/// Of a hop's mean. Nothing where it has none, or no interval.
[[nodiscard]] std::optional<UncertaintyBudget> hop_uncertainty(const Hop& hop, const Figures& figures,
                                                               const StampFacts& stamps);

}  // namespace hopcost::campaign
