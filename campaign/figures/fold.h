// Folds a build's slots into its figures. Pure. Includes stats.
#pragma once

#include <vector>

#include "campaign/figures/measured.h"

namespace hopcost::campaign {

/// The figures of one level, by lane. `points`: by lane, how many points its path has. `sentinel`: the lane
/// whose arrivals at its end are the reference for arrivals elsewhere. Slots that don't count are left out.
[[nodiscard]] std::vector<LaneBuild> fold(const std::vector<const SlotResult*>& slots,
                                          const std::vector<std::size_t>& points, std::size_t sentinel);

}  // namespace hopcost::campaign
