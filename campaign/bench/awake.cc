#include "campaign/bench/awake.h"

#include <sched.h>

#include "base/cpu_counter.h"

namespace hopcost::campaign {
namespace {

void spin(std::stop_token stop, int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  (void)sched_setaffinity(0, sizeof one, &one);
  const sched_param none{};
  (void)sched_setscheduler(0, SCHED_IDLE, &none);
  while (!stop.stop_requested()) cpu_relax();
}

}  // namespace

Awake::Awake(int cpu) : spinner_([cpu](std::stop_token stop) { spin(std::move(stop), cpu); }) {}

}  // namespace hopcost::campaign
