// The kernel features a backend stands on, tried for real. To be called inside a Sandbox, with lo up.
// Includes only base/.
#pragma once

#include "base/result.h"

namespace hopcost::campaign {

/// A packet socket with a TPACKET_V2 transmit ring, a TPACKET_V3 receive ring and qdisc bypass, bound to lo.
[[nodiscard]] Result<void> try_af_packet();

/// An AF_XDP socket with its memory and rings, bound to lo in copy mode. Sends nothing.
[[nodiscard]] Result<void> try_af_xdp();

/// Whether received packets carry a stamp before any tap asks for one (measurement trap: some socket of the
/// host has receive timestamps on, which is a switch of the whole kernel). Sends one datagram over lo and
/// looks at it in a packet ring. Errors: as the kernel says; kFailure when the packet did not come back.
[[nodiscard]] Result<bool> software_stamps_on();

}  // namespace hopcost::campaign
