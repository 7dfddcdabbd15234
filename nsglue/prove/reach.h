// Waits for the first packet that gets through. One thread. Includes base/ and the floors below.
#pragma once

#include <string>

#include "base/result.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Sends probes from the sender until one arrives at a socket in the target's node, over IPv4 or, where the
/// two have no such addresses, IPv6: each waits up to a millisecond for the one before. `topology` has one
/// container: of many, container_view(). Gives how many were sent. Errors: kMissing when it does not stand,
/// kFailure when none arrives within 3 s, kPartial (stop signal).
[[nodiscard]] Result<int> reach(const Topology& topology, const std::string& instance);

}  // namespace hopcost::nsglue
