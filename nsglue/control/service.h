// nsglue's end of the control channel (doc/control-protocol.md): who drives it builds modes on this host and
// knows nothing of it. What it built, and what it put on a NIC, goes when the channel ends, however it does.
// One thread. Includes base/ and all of nsglue.
#pragma once

#include "base/result.h"

namespace hopcost::nsglue {

/// Serves on stdin and stdout until the channel ends. Errors: only when the channel itself fails.
[[nodiscard]] Result<void> run_control();

}  // namespace hopcost::nsglue
