// pktgen as a child: many ports open at once, one run at a time (doc/control-protocol.md).
#pragma once

#include "base/result.h"
#include "pktgen/options/config.h"

namespace hopcost::pktgen {

/// Serves standard input and output until told to quit. Runs send from a thread of their own on config.cpu.
[[nodiscard]] Result<void> serve(const Config& config);

}  // namespace hopcost::pktgen
