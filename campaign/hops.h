// The explaining half: what each hop takes, what watching it cost, and whether the sum closes on the
// unwatched whole. Pure. Includes base, stats.
#pragma once

#include "campaign/analysis.h"
#include "campaign/block_table.h"

namespace hopcost::campaign {

/// What one open tap costs a packet: the time between a tap and its twin at one point; on the transmit side,
/// where a twin shares what its tap costs (af_packet clones a packet once for all), the end-to-end mean with
/// one such tap open less that without, within blocks.
void measure_tap_cost(const BlockTable& table, const std::vector<MeasuredPath>& paths, Figures& figures);

/// Fills a mode's hops and closure from its hop slots and the tap costs in `figures`. Leaves them empty
/// without hop slots.
void explain(const BlockTable& table, std::size_t path, const Figures& figures, ModeFigures& mode);

}  // namespace hopcost::campaign
