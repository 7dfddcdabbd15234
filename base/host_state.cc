#include "base/host_state.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/units.h"

namespace hopcost {
namespace {

// Reads MONOTONIC_RAW before and after REALTIME. The narrowest of a few tries counts, so that a preemption is
// not taken for a clock step.
std::int64_t realtime_minus_raw(std::uint64_t* raw_now) {
  std::int64_t offset = 0;
  std::uint64_t narrowest = UINT64_MAX;
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t before = kernel_clock_ns(CLOCK_MONOTONIC_RAW);
    const std::uint64_t real = kernel_clock_ns(CLOCK_REALTIME);
    const std::uint64_t after = kernel_clock_ns(CLOCK_MONOTONIC_RAW);
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    offset = static_cast<std::int64_t>(real - before - (after - before) / 2);
    *raw_now = after;
  }
  return offset;
}

}  // namespace

// A line is: cpuN user nice system idle iowait irq softirq steal ... in USER_HZ; "cpu" is the sum of all.
std::uint64_t steal_ticks(std::istream& stat, int cpu) {
  const std::string wanted = cpu < 0 ? "cpu" : "cpu" + std::to_string(cpu);
  for (std::string line; std::getline(stat, line);) {
    std::istringstream columns(line);
    std::string name;
    columns >> name;
    if (name != wanted) continue;
    std::uint64_t field[8]{};
    for (auto& f : field) columns >> f;
    return field[7];
  }
  return 0;
}

// One line for each online CPU, numbers in hexadecimal. The CPU's number is the 13th since Linux 5.10; before
// that, only the lines' order shows it.
SoftnetCounts softnet_counts(std::istream& softnet, int cpu) {
  constexpr std::size_t kDropped = 1, kSqueezed = 2, kCpu = 12;
  SoftnetCounts sum;
  std::uint64_t order = 0;
  for (std::string line; std::getline(softnet, line); ++order) {
    std::istringstream columns(line);
    std::vector<std::uint64_t> values;
    for (std::uint64_t v = 0; columns >> std::hex >> v;) values.push_back(v);
    if (values.size() <= kSqueezed) continue;
    const std::uint64_t whose = values.size() > kCpu ? values[kCpu] : order;
    if (cpu >= 0 && whose != static_cast<std::uint64_t>(cpu)) continue;
    sum.dropped += values[kDropped];
    sum.squeezed += values[kSqueezed];
  }
  return sum;
}

HostState HostState::now(int cpu) {
  HostState s;
  std::ifstream stat("/proc/stat");
  s.steal_ns = steal_ticks(stat, cpu) *
               (kNsPerSecond / static_cast<std::uint64_t>(std::max(1L, sysconf(_SC_CLK_TCK))));
  std::ifstream softnet("/proc/net/softnet_stat");
  const SoftnetCounts counts = softnet_counts(softnet, cpu);
  s.softnet_dropped = counts.dropped;
  s.softnet_squeezed = counts.squeezed;
  s.clock_offset_ns = realtime_minus_raw(&s.monotonic_ns);
  return s;
}

nlohmann::json host_delta(const HostState& before, const HostState& after) {
  return {{"steal_ns", after.steal_ns - before.steal_ns},
          {"softnet_dropped", after.softnet_dropped - before.softnet_dropped},
          {"softnet_squeezed", after.softnet_squeezed - before.softnet_squeezed},
          {"clock_step_ns", after.clock_offset_ns - before.clock_offset_ns},
          {"elapsed_ns", after.monotonic_ns - before.monotonic_ns}};
}

}  // namespace hopcost
