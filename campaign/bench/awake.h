// Keeps a CPU awake: a packet steered to a sleeping CPU waits for its wake-up, which takes longer than any
// mode costs.
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
