#include "base/host_state.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "base/clock.h"
#include "base/units.h"

namespace hopcost {
namespace {

// Reads MONOTONIC_RAW around REALTIME; the narrowest of a few tries, so that a preemption is not taken for a
// step.
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

// First line of /proc/stat: cpu user nice system idle iowait irq softirq steal ... in USER_HZ.
std::uint64_t read_steal_ns() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  std::uint64_t field[8]{};
  stat >> cpu;
  for (auto& f : field) stat >> f;
  return field[7] * (kNsPerSecond / static_cast<std::uint64_t>(std::max(1L, sysconf(_SC_CLK_TCK))));
}

}  // namespace

HostState HostState::now() {
  HostState s;
  s.steal_ns = read_steal_ns();
  std::ifstream softnet("/proc/net/softnet_stat");
  for (std::string line; std::getline(softnet, line);) {
    std::istringstream columns(line);
    std::uint64_t processed = 0, dropped = 0, squeezed = 0;
    columns >> std::hex >> processed >> dropped >> squeezed;
    s.softnet_dropped += dropped;
    s.softnet_squeezed += squeezed;
  }
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
