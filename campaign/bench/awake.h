// Keeps a CPU from going to sleep: what is steered to it would wait for its wake-up, which drowns every cost.
#pragma once

#include <thread>

namespace hopcost::campaign {

class Awake {
 public:
  /// Spins on `cpu` in the idle class (SCHED_IDLE), so that everything else there runs first. Until it goes.
  explicit Awake(int cpu);

 private:
  std::jthread spinner_;
};

}  // namespace hopcost::campaign
