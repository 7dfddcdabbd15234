// Which CPU sends, which carries the device under test when it is steered, and which are left to all else.
// Asks the kernel; changes the calling process's affinity. Includes base.
#pragma once

#include <optional>

#include "base/result.h"

namespace hopcost::campaign {

struct Placement {
  int sender = -1;
  std::optional<int> device;  ///< With steering: where the device under test works.
};

/// Chooses the sender's CPU: `wanted`, else the last isolated one (isolcpus), else the last one we may use.
/// An isolated CPU is in nobody's mask: whether it may be used is found by trying. Then moves this process,
/// and so the children it starts, to the others, and off the sender's SMT siblings where that leaves any.
/// With one CPU all share it. Errors: kUsage when `wanted` can't be had; kMissing when steering has no second
/// CPU.
[[nodiscard]] Result<Placement> place(int wanted, bool steer);

}  // namespace hopcost::campaign
