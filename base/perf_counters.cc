#include "base/perf_counters.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace hopcost {
namespace {

using nlohmann::json;

struct Event {
  const char* name;
  std::uint32_t type;
  std::uint64_t config;
  bool kernel_only;
};

constexpr Event kEvents[] = {
    {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, true},
    {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, true},
    {"context_switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, false},
    {"page_faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, false},
};

Fd open_event(const Event& e) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = e.type;
  attr.config = e.config;
  attr.exclude_user = e.kernel_only ? 1 : 0;
  attr.exclude_hv = 1;
  attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return Fd(static_cast<int>(syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace

PerfCounters PerfCounters::open() {
  PerfCounters counters;
  for (const Event& e : kEvents) {
    Fd fd = open_event(e);
    if (!fd.valid()) {
      const int err = errno;
      if (!counters.missing_.empty()) counters.missing_ += "; ";
      counters.missing_ += std::string(e.name) + ": " + std::strerror(err);
      if (err == ENOENT || err == EOPNOTSUPP)
        counters.missing_ += " (this CPU, or the hypervisor, has no such counter)";
      if (err == EACCES || err == EPERM)
        counters.missing_ += " (needs CAP_PERFMON or kernel.perf_event_paranoid <= 1)";
    }
    counters.counters_.push_back({e.name, std::move(fd)});
  }
  return counters;
}

json PerfCounters::read() const {
  json values = json::object();
  for (const Counter& c : counters_) {
    struct {
      std::uint64_t value, enabled, running;
    } now{};
    const bool good =
        c.fd.valid() && ::read(c.fd.get(), &now, sizeof now) == sizeof now && now.enabled == now.running;
    values[c.name] = good ? json(now.value) : json();
  }
  return values;
}

json PerfCounters::difference(const json& before, const json& after) {
  json delta = json::object();
  for (const auto& [name, value] : after.items()) {
    const auto was = before.find(name);
    const bool known = was != before.end() && was->is_number() && value.is_number();
    delta[name] = known ? json(value.get<std::uint64_t>() - was->get<std::uint64_t>()) : json();
  }
  return delta;
}

}  // namespace hopcost
