// Where a mode's time goes, and what each tap costs. An arrival at a point is measured while no earlier tap
// is open, so that no tap's cost is in it. Pure. Includes base, stats.
#pragma once

#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// Fills in a mode's hops and all_taps. `end_ns`: its end-to-end median, to which the hops add up exactly;
/// nothing where it is not known.
void explain(const Measured& measured, std::size_t level, std::optional<double> end_ns, ModeFigures& mode);

}  // namespace hopcost::campaign
