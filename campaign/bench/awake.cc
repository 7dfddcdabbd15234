#include "campaign/bench/awake.h"

#include <sched.h>

#include "base/cpu_counter.h"
#include "base/placement.h"

namespace hopcost::campaign {
namespace {

void spin(std::stop_token stop, int cpu) {
  keep_to(cpu);
  const sched_param none{};
  (void)sched_setscheduler(0, SCHED_IDLE, &none);
  while (!stop.stop_requested()) cpu_relax();
}

}  // namespace

Awake::Awake(int cpu) : spinner_([cpu](std::stop_token stop) { spin(std::move(stop), cpu); }) {}

}  // namespace hopcost::campaign
