// Where a mode's time goes: arrivals at each point with no earlier tap open, so that no tap's cost is in
// them, and what each tap costs. Pure. Includes base, stats.
#pragma once

#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// Fills in a mode's hops and all_taps. `end_ns`: its end-to-end median, to which the hops add up exactly.
void explain(const Measured& measured, std::size_t level, std::optional<double> end_ns, ModeFigures& mode);

}  // namespace hopcost::campaign
