// Configures tunnels after their link is made: WireGuard's keys and peers. One thread per
// build. Includes base/ and the floors check/, kernel/ and topology/.
#pragma once

#include "base/result.h"
#include "nsglue/check/compare.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Gives each end a key of its own, then sets the other end as its peer. Both ends are in `topology`.
[[nodiscard]] Result<void> tell_tunnels(const Topology& topology, const Nodes& nodes);

/// Has all ends shake hands, and waits until they have, so that no packet does. Errors: kFailure when it
/// takes longer than 8 s.
[[nodiscard]] Result<void> meet_peers(const Topology& topology, const Nodes& nodes);

}  // namespace hopcost::nsglue
