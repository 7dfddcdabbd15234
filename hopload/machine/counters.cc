#include "hopload/machine/counters.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hopcost::hopload {
namespace {

constexpr std::uint64_t kL1ReadMiss =
    PERF_COUNT_HW_CACHE_L1D | (PERF_COUNT_HW_CACHE_OP_READ << 8) | (PERF_COUNT_HW_CACHE_RESULT_MISS << 16);

struct Kind {
  const char* name;
  std::uint32_t type;
  std::uint64_t config;
};

constexpr Kind kKinds[kEvents] = {{"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
                                  {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
                                  {"branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
                                  {"branch_misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES},
                                  {"l1_misses", PERF_TYPE_HW_CACHE, kL1ReadMiss},
                                  {"llc_misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
                                  {"context_switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
                                  {"migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
                                  {"page_faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
                                  {"cpu_time", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK}};

/// `cgroup`: a descriptor of its folder, or -1 for everything on the CPU.
Fd open_event(const Kind& kind, int cpu, int cgroup) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = kind.type;
  attr.config = kind.config;
  attr.exclude_hv = 1;
  attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  const unsigned long flags = PERF_FLAG_FD_CLOEXEC | (cgroup < 0 ? 0UL : PERF_FLAG_PID_CGROUP);
  return Fd(static_cast<int>(syscall(SYS_perf_event_open, &attr, cgroup, cpu, -1, flags)));
}

std::string why_missing(const char* name, int err, bool of_cgroup) {
  std::string why = fmt::format("{}{}: {}", name, of_cgroup ? " of the container" : "", std::strerror(err));
  if (err == ENOENT || err == EOPNOTSUPP) why += " (this CPU, or the hypervisor, has no such counter)";
  if (err == EACCES || err == EPERM) why += " (needs CAP_PERFMON or kernel.perf_event_paranoid <= 0)";
  if (err == EINVAL && of_cgroup) why += " (this kernel counts no cgroups)";
  return why;
}

/// The sum over all CPUs. Nothing if the event was enabled on a CPU but never counted there. A cgroup that
/// has not run on a CPU counts 0 there.
std::optional<double> sum_of(const std::vector<Fd>& fds) {
  double sum = 0;
  for (const Fd& fd : fds) {
    std::uint64_t now[3]{};  // value, enabled, running
    if (::read(fd.get(), now, sizeof now) != static_cast<ssize_t>(sizeof now)) return std::nullopt;
    if (now[1] == 0) continue;
    if (now[2] == 0) return std::nullopt;
    sum += static_cast<double>(now[0]) * static_cast<double>(now[1]) / static_cast<double>(now[2]);
  }
  return fds.empty() ? std::nullopt : std::optional(sum);
}

}  // namespace

const char* name_of(Event event) noexcept {
  return kKinds[static_cast<std::size_t>(event)].name;
}

void Counters::open(Event event, int cgroup) {
  const Kind& kind = kKinds[static_cast<std::size_t>(event)];
  std::vector<Fd>& fds = fds_[static_cast<std::size_t>(event)];
  const int cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  for (int cpu = 0; cpu < cpus; ++cpu) {
    Fd fd = open_event(kind, cpu, cgroup);
    if (!fd.valid()) {
      missing_ += (missing_.empty() ? "" : "; ") + why_missing(kind.name, errno, cgroup >= 0);
      fds.clear();
      return;
    }
    fds.push_back(std::move(fd));
  }
}

Counters Counters::of_all() {
  Counters counters;
  for (std::size_t e = 0; e < kEvents; ++e) {
    if (static_cast<Event>(e) != Event::kCpuTime) counters.open(static_cast<Event>(e), -1);
  }
  return counters;
}

Result<Counters> Counters::of_cgroup(const std::string& folder, const Counters& all) {
  const Fd cgroup(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!cgroup.valid()) return errno_error(errno, "open " + folder);
  Counters counters;
  for (std::size_t e = 0; e < kEvents; ++e) {
    const bool there = static_cast<Event>(e) == Event::kCpuTime || !all.fds_[e].empty();
    if (there) counters.open(static_cast<Event>(e), cgroup.get());
  }
  return counters;
}

Counts Counters::read() const {
  Counts counts;
  for (std::size_t e = 0; e < kEvents; ++e) counts[e] = sum_of(fds_[e]);
  return counts;
}

}  // namespace hopcost::hopload
