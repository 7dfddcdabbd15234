// What pktgen's options can be, for a shell's completion. Main thread.
#pragma once

#include "base/completion.h"

namespace hopcost::pktgen {

/// Backends, devices, namespaces, modes and shipped profiles. Without the parser.
[[nodiscard]] ValueCandidates completion_values();

}  // namespace hopcost::pktgen
