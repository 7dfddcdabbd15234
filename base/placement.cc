#include "base/placement.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/text.h"

namespace hopcost {
namespace {

/// The CPUs of a list like "0-2,5" in a file under /sys; none when it can't be read.
std::vector<int> cpus_in(const std::string& file) {
  std::ifstream in(file);
  std::string list;
  std::getline(in, list);
  std::vector<int> cpus;
  for (const std::string& range : split(list, ',')) {
    int first = 0, last = 0;
    const char* const end = range.data() + range.size();
    const auto [dash, fault] = std::from_chars(range.data(), end, first);
    if (fault != std::errc{}) continue;
    if (dash == end || std::from_chars(dash + 1, end, last).ec != std::errc{}) last = first;
    for (int cpu = first; cpu <= last && cpu < CPU_SETSIZE; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

bool may_use(int cpu) {
  cpu_set_t before, one;
  if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof before, &before) != 0) return false;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) return false;
  (void)sched_setaffinity(0, sizeof before, &before);
  return true;
}

int last_of(const cpu_set_t& set) {
  int last = -1;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) last = cpu;
  }
  return last;
}

int choose_sender(const cpu_set_t& allowed) {
  const auto isolated = cpus_in("/sys/devices/system/cpu/isolated");
  for (auto cpu = isolated.rbegin(); cpu != isolated.rend(); ++cpu) {
    if (may_use(*cpu)) return *cpu;
  }
  return last_of(allowed);
}

std::vector<int> siblings_of(int cpu) {
  return cpus_in(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
}

}  // namespace

std::vector<int> others_of(const cpu_set_t& allowed, int sender, const std::vector<int>& siblings) {
  std::vector<int> others, apart;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || cpu == sender) continue;
    others.push_back(cpu);
    if (std::ranges::find(siblings, cpu) == siblings.end()) apart.push_back(cpu);
  }
  return apart.empty() ? others : apart;
}

Result<Placement> choose_placement(int wanted, bool steer) {
  static cpu_set_t at_start;  // an earlier bench may have narrowed the mask
  static const bool known = sched_getaffinity(0, sizeof at_start, &at_start) == 0;
  if (!known) return errno_error(errno, "read the CPU affinity");
  if (wanted >= 0 && !may_use(wanted))
    return error(Exit::kUsage, fmt::format("CPU {} is not one we may use", wanted), "see: taskset -p $$");
  Placement placement{wanted >= 0 ? wanted : choose_sender(at_start), {}, {}};
  placement.others = others_of(at_start, placement.sender, siblings_of(placement.sender));
  if (!placement.others.empty() && steer) placement.device = placement.others.back();
  if (placement.others.empty() && steer)
    return error(Exit::kMissing, "--steer needs a second CPU for the device under test",
                 "run without --steer");
  if (placement.others.empty())
    log_warn("one CPU only: the analyzer takes turns with the sender, and its work is in the figures");
  return placement;
}

Result<Placement> place(int wanted, bool steer) {
  auto placement = choose_placement(wanted, steer);
  if (!placement || placement->others.empty()) return placement;
  cpu_set_t others;
  CPU_ZERO(&others);
  for (const int cpu : placement->others) CPU_SET(cpu, &others);
  if (sched_setaffinity(0, sizeof others, &others) != 0) return errno_error(errno, "set the CPU affinity");
  return placement;
}

void keep_to(std::optional<int> cpu) noexcept {
  if (!cpu || *cpu < 0 || *cpu >= CPU_SETSIZE) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(*cpu, &one);
  (void)sched_setaffinity(0, sizeof one, &one);
}

}  // namespace hopcost
