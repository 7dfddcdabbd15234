#include "hopload/machine/look.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "hopload/now.h"

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
                                  {"page_faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS}};

Fd open_event(const Kind& kind, int cpu) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = kind.type;
  attr.config = kind.config;
  attr.exclude_hv = 1;
  attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return Fd(static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
}

std::string why_missing(const char* name, int err) {
  std::string why = fmt::format("{}: {}", name, std::strerror(err));
  if (err == ENOENT || err == EOPNOTSUPP) why += " (this CPU, or the hypervisor, has no such counter)";
  if (err == EACCES || err == EPERM) why += " (needs CAP_PERFMON or kernel.perf_event_paranoid <= 0)";
  return why;
}

/// Nothing where a CPU has not counted at all.
std::optional<double> sum_of(const std::vector<Fd>& fds) {
  double sum = 0;
  for (const Fd& fd : fds) {
    std::uint64_t now[3]{};  // value, enabled, running
    if (::read(fd.get(), now, sizeof now) != static_cast<ssize_t>(sizeof now) || now[2] == 0)
      return std::nullopt;
    sum += static_cast<double>(now[0]) * static_cast<double>(now[1]) / static_cast<double>(now[2]);
  }
  return fds.empty() ? std::nullopt : std::optional(sum);
}

/// The lines "cpu" and "intr" of /proc/stat.
void read_stat(Look& look) {
  std::ifstream in("/proc/stat");
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  for (std::string line, word; std::getline(in, line);) {
    std::istringstream words(line);
    words >> word;
    if (word == "cpu") {
      double user = 0, nice = 0, system = 0, idle = 0, wait = 0, interrupt = 0, softirq = 0;
      words >> user >> nice >> system >> idle >> wait >> interrupt >> softirq;
      look.user_s = (user + nice) / ticks;
      look.system_s = system / ticks;
      look.softirq_s = softirq / ticks;
      look.interrupt_s = interrupt / ticks;
    } else if (word == "intr") {
      words >> look.interrupts;
      return;
    }
  }
}

void read_softirqs(Look& look) {
  std::ifstream in("/proc/softirqs");
  for (std::string line, word; std::getline(in, line);) {
    std::istringstream words(line);
    words >> word;
    if (word != "NET_RX:" && word != "NET_TX:") continue;
    for (std::uint64_t n = 0; words >> n;) look.net_softirqs += n;
  }
}

void read_memory(Look& look) {
  std::ifstream in("/proc/meminfo");
  for (std::string line, word; std::getline(in, line);) {
    double kib = 0;
    std::istringstream words(line);
    words >> word >> kib;
    if (word == "MemAvailable:") look.available_mb = kib / 1024;
  }
}

/// /proc/loadavg's fourth word, "2/512", less this thread.
void read_runnable(Look& look) {
  std::ifstream in("/proc/loadavg");
  std::string word;
  for (int i = 0; i < 4; ++i) in >> word;
  look.runnable = std::max(0.0, std::strtod(word.c_str(), nullptr) - 1);
}

}  // namespace

const char* name_of(Event event) noexcept {
  return kKinds[static_cast<std::size_t>(event)].name;
}

Machine Machine::open() {
  Machine machine;
  const int cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  for (std::size_t e = 0; e < kEvents; ++e) {
    for (int cpu = 0; cpu < cpus; ++cpu) {
      Fd fd = open_event(kKinds[e], cpu);
      if (!fd.valid()) {
        machine.missing_ += (machine.missing_.empty() ? "" : "; ") + why_missing(kKinds[e].name, errno);
        machine.fds_[e].clear();
        break;
      }
      machine.fds_[e].push_back(std::move(fd));
    }
  }
  machine.sensors_ = Sensors::open();
  if (const std::string& more = machine.sensors_.missing(); !more.empty())
    machine.missing_ += (machine.missing_.empty() ? "" : "; ") + more;
  return machine;
}

Look Machine::look() {
  Look look;
  look.at_ns = now_ns();
  for (std::size_t e = 0; e < kEvents; ++e) look.events[e] = sum_of(fds_[e]);
  read_stat(look);
  read_softirqs(look);
  read_memory(look);
  read_runnable(look);
  look.sensors = sensors_.read();
  return look;
}

}  // namespace hopcost::hopload
