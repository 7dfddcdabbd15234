#include "pktgen/pace/thread.h"

#include <fmt/format.h>
#include <sched.h>

#include <cerrno>

namespace hopcost::pktgen {

Result<void> pin_to_cpu(int cpu) {
  if (cpu < 0) return {};
  cpu_set_t set;
  CPU_ZERO(&set);
  if (cpu < CPU_SETSIZE) CPU_SET(static_cast<unsigned>(cpu), &set);
  if (sched_setaffinity(0, sizeof set, &set) == 0) return {};
  auto failed = errno_error(errno, fmt::format("pin the sending thread to CPU {}", cpu),
                            "see which CPUs there are: nproc, taskset -p $$");
  failed.error().code = Exit::kUsage;
  return failed;
}

}  // namespace hopcost::pktgen
