// Tap devices, which rtnetlink does not make (drivers/net/tun.c). Any thread. Includes base/ and topology/.
#pragma once

#include "base/result.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Makes a tap that stays without a program. Errors: kMissing when there is no /dev/net/tun.
[[nodiscard]] Result<void> make_tap(Namespace& ns, const Device& device, unsigned index);

/// Whether there is a /dev/net/tun that this process may use.
[[nodiscard]] bool has_taps();
/// What `nsglue list` says where there is none.
inline constexpr const char* kNoTaps = "this machine has no /dev/net/tun (module tun)";

}  // namespace hopcost::nsglue
