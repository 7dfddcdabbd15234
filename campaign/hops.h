// The explaining half: what each hop takes, what watching it cost, and whether the sum closes on the
// unwatched whole. Pure. Includes base, stats.
#pragma once

#include "campaign/analysis.h"
#include "campaign/block_table.h"

namespace hopcost::campaign {

/// What one open tap costs a packet, on either side: how much later the median packet comes to the end in hop
/// slots than in end slots of the same block, as a line through all paths' numbers of taps. The time between
/// two taps at one point would say less than that: the second finds its code in the cache, and the first has
/// not.
void measure_tap_cost(const BlockTable& table, const std::vector<MeasuredPath>& paths, Figures& figures);

/// Fills a mode's hops and closure from its hop slots and the tap costs in `figures`. Leaves them empty
/// without hop slots.
void explain(const BlockTable& table, std::size_t path, const Figures& figures, ModeFigures& mode);

}  // namespace hopcost::campaign
