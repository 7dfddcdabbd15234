// Pinning a thread to a CPU. Set-up only.
#pragma once

#include "base/result.h"

namespace hopcost::pktgen {

/// The calling thread runs on this CPU from now on; -1 leaves it as it is. Errors: kUsage when there is no
/// such CPU, or this process may not use it.
[[nodiscard]] Result<void> pin_to_cpu(int cpu);

}  // namespace hopcost::pktgen
