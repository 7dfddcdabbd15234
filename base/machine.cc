#include "base/machine.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <sys/utsname.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace hopcost {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  std::string s = text.str();
  while (!s.empty() && (s.back() == '\n' || s.back() == '\0')) s.pop_back();
  return s;
}

json file_or_null(const fs::path& path) {
  std::string s = read_file(path);
  return s.empty() ? json() : json(std::move(s));
}

/// The first value of a key in /proc/cpuinfo.
json cpuinfo(const std::string& key) {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    if (line.starts_with(key) && colon != std::string::npos && colon + 2 <= line.size())
      return line.substr(colon + 2);
  }
  return nullptr;
}

json mitigations() {
  json all = json::object();
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/sys/devices/system/cpu/vulnerabilities", none)) {
    all[entry.path().filename().string()] = file_or_null(entry.path());
  }
  return all;
}

json sysctls() {
  json all = json::object();
  for (const char* name :
       {"net/core/netdev_tstamp_prequeue", "net/core/netdev_budget", "net/core/netdev_max_backlog",
        "net/core/dev_weight", "net/core/bpf_jit_enable", "net/core/rps_sock_flow_entries",
        "net/core/busy_poll", "kernel/perf_event_paranoid", "kernel/sched_rt_runtime_us",
        "kernel/nmi_watchdog", "kernel/timer_migration", "kernel/numa_balancing"}) {
    all[name] = file_or_null(fs::path("/proc/sys") / name);
  }
  return all;
}

json irq_affinity() {
  json all = json::object();
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/proc/irq", none)) {
    const auto list = read_file(entry.path() / "smp_affinity_list");
    if (!list.empty()) all[entry.path().filename().string()] = list;
  }
  return all;
}

/// Daemons that discipline the clock and may turn receive timestamping on.
json time_sync() {
  json found = json::array();
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/proc", none)) {
    const std::string name = read_file(entry.path() / "comm");
    for (const char* daemon : {"chronyd", "ptp4l", "phc2sys", "ntpd", "systemd-timesyn"}) {
      if (name == daemon) found.push_back(name);
    }
  }
  return found;
}

/// Whether a program plays the CPU (QEMU's TCG): then every time is that program's. Asks CPUID for the
/// hypervisor's name; null on CPUs without it.
json cpu_is_emulated() {
#if defined(__x86_64__)
  constexpr unsigned kHypervisorLeaf = 0x40000000;
  unsigned eax = 0, ecx = 0, edx = 0, name[3] = {};
  __cpuid(1, eax, name[0], ecx, edx);
  if ((ecx >> 31 & 1) == 0) return false;  // no hypervisor at all
  __cpuid(kHypervisorLeaf, eax, name[0], name[1], name[2]);
  return std::memcmp(name, "TCGTCGTCGTCG", sizeof name) == 0;
#else
  return nullptr;
#endif
}

}  // namespace

json describe_machine() {
  utsname u{};
  uname(&u);
  const fs::path cpu = "/sys/devices/system/cpu";
  json model = cpuinfo("model name");
  if (model.is_null()) model = cpuinfo("Hardware");
  return {{"kernel", std::string(u.release) + " " + u.version},
          {"architecture", u.machine},
          {"cpu", model},
          {"emulated", cpu_is_emulated()},
          {"cpus", sysconf(_SC_NPROCESSORS_ONLN)},
          {"microcode", cpuinfo("microcode")},
          {"hypervisor", file_or_null("/sys/hypervisor/type").is_null()
                             ? file_or_null("/sys/class/dmi/id/product_name")
                             : file_or_null("/sys/hypervisor/type")},
          {"clocksource", file_or_null("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
          {"governor", file_or_null(cpu / "cpu0/cpufreq/scaling_governor")},
          {"smt", file_or_null(cpu / "smt/control")},
          {"isolated", file_or_null(cpu / "isolated")},
          {"cmdline", file_or_null("/proc/cmdline")},
          {"mitigations", mitigations()},
          {"irq", irq_affinity()},
          {"sysctls", sysctls()},
          {"time_sync", time_sync()}};
}

}  // namespace hopcost
