// Chooses which CPU sends, which one carries the device under test when that is steered, and which are for
// everything else. Asks the kernel; place() changes the calling process's affinity. Includes base.
#pragma once

#include <sched.h>

#include <optional>
#include <vector>

#include "base/result.h"

namespace hopcost {

struct Placement {
  int sender = -1;
  std::optional<int> device;  ///< With steering: the CPU of the device under test.
  std::vector<int> others;    ///< For everything else; empty when all share one CPU.
};

/// Chooses the sender's CPU: `wanted`, else the last isolated one (isolcpus), else the last one we may use.
/// Isolated CPUs are in no affinity mask, so whether one may be used is found by trying. `others` leaves out
/// the sender's SMT siblings if that leaves any. Errors: kUsage when `wanted` can't be had; kMissing when
/// steering has no second CPU.
[[nodiscard]] Result<Placement> choose_placement(int wanted, bool steer);

/// Chooses, and moves this process and its later children to the other CPUs. Errors: as above.
[[nodiscard]] Result<Placement> place(int wanted, bool steer);

/// Of the CPUs `allowed`: those for everything else, in order. Without the sender, and without its SMT
/// `siblings` if that leaves any. Pure.
[[nodiscard]] std::vector<int> others_of(const cpu_set_t& allowed, int sender,
                                         const std::vector<int>& siblings);

/// Pins the calling thread to `cpu`, if one is given and can be had.
void keep_to(std::optional<int> cpu) noexcept;

}  // namespace hopcost
