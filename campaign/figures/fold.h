// From a build's slots to its figures. Pure. Includes stats.
#pragma once

#include <vector>

#include "campaign/figures/measured.h"

namespace hopcost::campaign {

/// One level's. `points`: by lane, how many points its path has. `sentinel`: the lane whose end arrivals are
/// counted from. Slots that do not count are left out.
[[nodiscard]] std::vector<LaneBuild> fold(const std::vector<const SlotResult*>& slots,
                                          const std::vector<std::size_t>& points, std::size_t sentinel);

}  // namespace hopcost::campaign
