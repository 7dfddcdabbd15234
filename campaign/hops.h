// The explaining half: what each hop takes, what watching it cost, and whether the sum closes on the
// unwatched whole. Pure. Includes base, stats.
#pragma once

#include "campaign/analysis.h"
#include "campaign/block_table.h"

namespace hopcost::campaign {

/// What one open tap costs a packet. `in`: the time between two receive-side taps on one device of a path
/// with one tap. `out`: the end-to-end mean with one transmit-side tap open, less that without, within
/// blocks.
void measure_tap_cost(const BlockTable& table, const std::vector<MeasuredPath>& paths, Figures& figures);

/// Fills a mode's hops and closure from its hop slots and the tap costs in `figures`. Leaves them empty
/// without hop slots.
void explain(const BlockTable& table, std::size_t path, const Figures& figures, ModeFigures& mode);

}  // namespace hopcost::campaign
