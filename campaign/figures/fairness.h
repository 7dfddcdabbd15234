// How evenly a mode serves its containers, build by build. Pure. Includes base, stats.
#pragma once

#include <cstddef>
#include <optional>

#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// Nothing where packets were not spread over many containers. Host's packets are sorted by container in the
/// same way, but all come to one end: host's index shows how much of the unevenness is the scatter of so few
/// packets.
[[nodiscard]] std::optional<Fairness> fairness_of(const Measured& measured, std::size_t level,
                                                  std::size_t lane);

}  // namespace hopcost::campaign
