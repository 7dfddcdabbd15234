// nsglue's end of the control channel (doc/control-protocol.md): through it another program builds
// modes on this host without knowing the host. What was built or put on a NIC is removed when the channel
// ends, however it ends.
// One thread. Includes base/ and all of nsglue.
#pragma once

#include "base/result.h"

namespace hopcost::nsglue {

/// Serves on stdin and stdout until the channel ends. Errors: only when the channel itself fails.
[[nodiscard]] Result<void> run_control();

}  // namespace hopcost::nsglue
