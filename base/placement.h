// Which CPU sends, which carries the device under test when it is steered, and which are left to all else.
// Asks the kernel; changes the calling process's affinity. Includes base.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"

namespace hopcost {

struct Placement {
  int sender = -1;
  std::optional<int> device;  ///< With steering: where the device under test works.
  std::vector<int> others;    ///< For all else; empty with one CPU, which all share.
};

/// Chooses the sender's CPU: `wanted`, else the last isolated one (isolcpus), else the last one we may use.
/// An isolated CPU is in nobody's mask: whether it may be used is found by trying. The others are off the
/// sender's SMT siblings where that leaves any. Errors: kUsage when `wanted` can't be had; kMissing when
/// steering has no second CPU.
[[nodiscard]] Result<Placement> choose_placement(int wanted, bool steer);

/// Chooses, and moves this process, and so the children it starts, to the others. Errors: as above.
[[nodiscard]] Result<Placement> place(int wanted, bool steer);

/// The calling thread runs on that CPU alone, where one is given and can be had.
void keep_to(std::optional<int> cpu) noexcept;

}  // namespace hopcost
