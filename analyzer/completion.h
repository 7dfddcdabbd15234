// What analyzer's options can be, for a shell's completion. Main thread.
#pragma once

#include "base/completion.h"

namespace hopcost::analyzer {

/// Kinds of tap, devices, namespaces and directions. Does not use the command line's parser.
[[nodiscard]] ValueCandidates completion_values();

}  // namespace hopcost::analyzer
