// Keeps a CPU awake. A packet that is steered to a sleeping CPU waits for its wake-up, which takes longer
// than any mode costs.
#pragma once

#include <thread>

namespace hopcost::campaign {

class Awake {
 public:
  /// Spins on `cpu` in the idle class (SCHED_IDLE), where everything else runs first, until it is destroyed.
  explicit Awake(int cpu);

 private:
  std::jthread spinner_;
};

}  // namespace hopcost::campaign
