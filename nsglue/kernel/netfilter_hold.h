// Keeps netfilter in use on this machine. While no namespace has a packet filter, the kernel skips IP's hooks
// in all of them (nf_hooks_needed, net/netfilter/core.c). As soon as one namespace has a filter, the packets
// of every namespace look for hooks. So a firewall or a container engine that comes or goes changes what a
// routed hop costs in every namespace. Set-up only; any thread. Includes base/ and topology/.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::nsglue {

/// Makes a namespace without a name in which no packet ever is, with an empty chain at each hook of IPv4 and
/// IPv6: netfilter is in use until the descriptor is closed, however the process ends. Errors: kPrivilege;
/// the kernel's, where it has no nf_tables.
[[nodiscard]] Result<Fd> hold_netfilter();

}  // namespace hopcost::nsglue
