// Values of pktgen's options, for a shell's completion. Main thread.
#pragma once

#include "base/completion.h"

namespace hopcost::pktgen {

/// Candidates by option name: backends, devices, namespaces, modes, shipped profiles. Does not use the
/// parser.
[[nodiscard]] ValueCandidates completion_values();

}  // namespace hopcost::pktgen
