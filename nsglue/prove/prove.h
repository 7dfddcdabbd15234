// Proves by packets that the path is the declared one. One thread per instance. Includes base/ and the floors
// below.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// What was seen of the probes that were sent.
struct Proof {
  int containers = 0;               ///< containers whose paths were tried.
  int probes = 0;                   ///< probes that were to pass the paths.
  int never = 0;                    ///< probes that were to arrive nowhere.
  std::vector<std::string> faults;  ///< each a sentence; empty: the path is the declared one.
};

/// Sends probes from the sender to the target, in each family in which both have addresses, and looks at
/// every device of the topology. Each tap must see each probe once, in the taps' order; no device off the
/// path may see any; a socket at the end must get them all. What [[never]] declares must leave its device and
/// not arrive. With many containers the probes of 32 are under way at once, and no other container's device
/// may see them; takes some 50 ms for each 32. The instance must stand as declared (check()). For a probe
/// that is lost, the fault names the last tap that saw it, and what is not quiet there. Errors: kMissing when
/// it does not stand, kPrivilege, kRefused when packets come from outside this machine.
[[nodiscard]] Result<Proof> prove(const Topology& topology, const std::string& instance);

}  // namespace hopcost::nsglue
