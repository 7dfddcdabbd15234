// Tries the kernel features that backends need. To be called inside a Sandbox, with lo up. Includes only
// base/.
#pragma once

#include "base/result.h"

namespace hopcost::campaign {

/// Opens packet sockets bound to lo: one with a TPACKET_V2 transmit ring and qdisc bypass, one with a
/// TPACKET_V3 receive ring. Errors: the kernel's.
[[nodiscard]] Result<void> try_af_packet();

/// Opens an AF_XDP socket with its memory and rings, bound to lo in copy mode. Sends nothing. Errors: the
/// kernel's.
[[nodiscard]] Result<void> try_af_xdp();

/// Whether received packets carry a stamp before any tap asks for one. That is so when some socket of the
/// host has receive timestamps on, because these are switched for the whole kernel. Sends a datagram over lo
/// and looks at it in a packet ring. Errors: the kernel's; kFailure when the datagram does not arrive.
[[nodiscard]] Result<bool> software_stamps_on();

}  // namespace hopcost::campaign
