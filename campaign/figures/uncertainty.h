// The uncertainty budgets of a run's figures, term by term (doc/result-format.md, "Uncertainty"). Pure.
// Includes base, stats.
#pragma once

#include "campaign/figures/analysis.h"
#include "stats/uncertainty.h"

namespace hopcost::campaign {

/// The budget of a mode's cost. Nothing where there is no cost, or it has no interval.
[[nodiscard]] std::optional<UncertaintyBudget> cost_uncertainty(const Measured& measured, std::size_t level,
                                                                const ModeFigures& mode);

/// The budget of a hop's time. Nothing where it has no interval, or is invalid.
[[nodiscard]] std::optional<UncertaintyBudget> hop_uncertainty(const Measured& measured, const Hop& hop);

}  // namespace hopcost::campaign
