// Virtual machines of a topology: started early, because they boot while the rest is made, and awaited last.
// One thread. Includes base/ and the floors kinds/, topology/, kernel/ and check/.
#pragma once

#include <optional>

#include "base/result.h"
#include "nsglue/check/compare.h"
#include "nsglue/kernel/owner.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Starts each machine of `part`. The taps must be there. Errors: those of start_machine().
[[nodiscard]] Result<void> start_machines(const Topology& whole, const Topology& part, Nodes& nodes,
                                          const std::optional<Owner>& owner);

/// Returns when all of them answer. Errors: those of wait_for_machine().
[[nodiscard]] Result<void> wait_for_machines(const Topology& part, Nodes& nodes);

}  // namespace hopcost::nsglue
