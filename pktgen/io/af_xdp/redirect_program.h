// The XDP program that hands a queue's frames to an AF_XDP socket. Set-up only.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::pktgen {

/// Attaches to a device of the calling thread's namespace: frames of `queue` go to the socket, others on to
/// the stack. `skb` asks for the generic hook instead of the driver's. The descriptor given is a BPF link:
/// closing it, or the end of the process, detaches the program; no namespace or privilege is needed for that.
/// Errors: kPrivilege; kMissing when the driver has no XDP; kFailure (EBUSY) when another program is there.
[[nodiscard]] Result<Fd> attach_redirect(unsigned ifindex, std::uint32_t queue, int socket, bool skb);

}  // namespace hopcost::pktgen
