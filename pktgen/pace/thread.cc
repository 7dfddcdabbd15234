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

void keep_off_cpus(const std::vector<std::uint32_t>& cpus) noexcept {
  cpu_set_t others;
  if (sched_getaffinity(0, sizeof others, &others) != 0) return;
  for (const std::uint32_t cpu : cpus)
    if (cpu < CPU_SETSIZE) CPU_CLR(cpu, &others);
  if (CPU_COUNT(&others) > 0) sched_setaffinity(0, sizeof others, &others);
}

}  // namespace hopcost::pktgen
