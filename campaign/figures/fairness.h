// How evenly a mode serves its containers, build by build. Pure. Includes base, stats.
#pragma once

#include <cstddef>
#include <optional>

#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// Nothing where packets were not spread over many containers. Host's are parted the same way, and all come
/// to one end: its index says what the scatter of so few packets makes of it.
[[nodiscard]] std::optional<Fairness> fairness_of(const Measured& measured, std::size_t level,
                                                  std::size_t lane);

}  // namespace hopcost::campaign
