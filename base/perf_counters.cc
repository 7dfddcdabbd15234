#include "base/perf_counters.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace hopcost {
namespace {

struct Event {
  const char* name;
  std::uint32_t type;
  std::uint64_t config;
  bool kernel_only;
};

constexpr Event kEvents[PerfCounts::kKinds] = {
    {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, true},
    {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, true},
    {"context_switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, false},
    {"page_faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, false},
};

Fd open_event(const Event& e, int leader) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = e.type;
  attr.config = e.config;
  attr.exclude_user = e.kernel_only ? 1 : 0;
  attr.exclude_hv = 1;
  attr.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return Fd(static_cast<int>(syscall(SYS_perf_event_open, &attr, 0, -1, leader, PERF_FLAG_FD_CLOEXEC)));
}

std::string why_missing(const char* name, int err) {
  std::string why = std::string(name) + ": " + std::strerror(err);
  if (err == ENOENT || err == EOPNOTSUPP) why += " (this CPU, or the hypervisor, has no such counter)";
  if (err == EACCES || err == EPERM) why += " (needs CAP_PERFMON or kernel.perf_event_paranoid <= 1)";
  return why;
}

}  // namespace

PerfCounts PerfCounts::since(const PerfCounts& earlier) const noexcept {
  PerfCounts delta;
  for (std::size_t i = 0; i < kKinds; ++i) {
    delta.known[i] = known[i] && earlier.known[i];
    if (delta.known[i]) delta.count[i] = count[i] - earlier.count[i];
  }
  return delta;
}

PerfCounts& PerfCounts::operator+=(const PerfCounts& more) noexcept {
  for (std::size_t i = 0; i < kKinds; ++i) {
    known[i] = known[i] && more.known[i];
    count[i] = known[i] ? count[i] + more.count[i] : 0;
  }
  return *this;
}

PerfCounts PerfCounts::zero() noexcept {
  PerfCounts none;
  none.known.fill(true);
  return none;
}

PerfCounters PerfCounters::open() {
  PerfCounters counters;
  for (std::size_t i = 0; i < PerfCounts::kKinds; ++i) {
    Fd fd = open_event(kEvents[i], counters.leader_);
    if (!fd.valid()) {
      if (!counters.missing_.empty()) counters.missing_ += "; ";
      counters.missing_ += why_missing(kEvents[i].name, errno);
      continue;
    }
    if (counters.leader_ < 0) counters.leader_ = fd.get();
    counters.at_[i] = counters.opened_++;
    counters.fds_[i] = std::move(fd);
  }
  return counters;
}

PerfCounts PerfCounters::read() const noexcept {
  struct {
    std::uint64_t members, enabled, running;
    std::uint64_t value[PerfCounts::kKinds];
  } now{};
  PerfCounts counts;
  if (leader_ < 0 || ::read(leader_, &now, sizeof now) < 0) return counts;
  if (now.members != opened_ || now.enabled != now.running) return counts;
  for (std::size_t i = 0; i < PerfCounts::kKinds; ++i) {
    counts.known[i] = fds_[i].valid();
    if (counts.known[i]) counts.count[i] = now.value[at_[i]];
  }
  return counts;
}

nlohmann::json to_json(const PerfCounts& counts) {
  nlohmann::json j = nlohmann::json::object();
  for (std::size_t i = 0; i < PerfCounts::kKinds; ++i)
    j[kEvents[i].name] = counts.known[i] ? nlohmann::json(counts.count[i]) : nlohmann::json();
  return j;
}

}  // namespace hopcost
