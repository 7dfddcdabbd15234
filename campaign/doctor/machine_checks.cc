// Checks what changes latency on this machine: CPUs, frequency, interrupts, the hypervisor; and which
// counters work.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/perf_counters.h"
#include "campaign/doctor/checks.h"
#include "campaign/doctor/proc_text.h"

namespace hopcost::campaign {
namespace {

using State = Finding::State;
const std::filesystem::path kCpus = "/sys/devices/system/cpu";

/// pktgen's default CPU: the last one online.
unsigned sender_cpu() {
  const auto online = cpu_list(read_small(kCpus / "online"));
  return online.empty() ? 0 : online.back();
}

void check_cpus(Findings& findings) {
  const auto online = cpu_list(read_small(kCpus / "online")).size();
  const bool enough = online >= 2;
  findings.push_back({area::kMachine, "CPUs", enough ? State::kOk : State::kFail,
                      fmt::format("{} online", online),
                      enough ? "" : "give the machine a second CPU: the sender needs one for itself"});
}

void check_isolation(Findings& findings) {
  const unsigned cpu = sender_cpu();
  const auto isolated = cpu_list(read_small(kCpus / "isolated"));
  const auto tickless = cpu_list(read_small(kCpus / "nohz_full"));
  const auto holds = [&](const std::vector<unsigned>& cpus) {
    return std::ranges::find(cpus, cpu) != cpus.end();
  };
  const bool quiet = holds(isolated) && holds(tickless);
  findings.push_back(
      {area::kMachine, "isolation", quiet ? State::kOk : State::kWarn,
       fmt::format("CPU {} (the sender's): {}, {}", cpu, holds(isolated) ? "isolated" : "not isolated",
                   holds(tickless) ? "tickless" : "ticks"),
       quiet ? ""
             : fmt::format("boot with isolcpus={0} nohz_full={0} rcu_nocbs={0} (GRUB_CMDLINE_LINUX in "
                           "/etc/default/grub, then sudo update-grub)",
                           cpu)});
}

void check_governor(Findings& findings) {
  const auto file = kCpus / fmt::format("cpu{}", sender_cpu()) / "cpufreq/scaling_governor";
  const std::string governor = read_small(file);
  const bool good = governor.empty() || governor == "performance";
  findings.push_back(
      {area::kMachine, "cpufreq governor", good ? State::kOk : State::kWarn,
       governor.empty() ? "no cpufreq driver: nothing scales here" : governor,
       good ? "" : "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"});
}

void check_smt(Findings& findings) {
  const bool active = read_small(kCpus / "smt/active") == "1";
  findings.push_back(
      {area::kMachine, "SMT", active ? State::kWarn : State::kOk,
       active ? "on: a sibling thread shares the sender's core" : "off, or not there",
       active ? "echo off | sudo tee /sys/devices/system/cpu/smt/control   (on again: echo on)" : ""});
}

void check_steal(Findings& findings) {
  constexpr double kMuch = 0.001;
  const auto share = steal_share(read_small("/proc/stat"));
  if (!share) return;
  findings.push_back(
      {area::kMachine, "steal", *share > kMuch ? State::kWarn : State::kOk,
       fmt::format("{:.3f} % of CPU time since boot", *share * 100),
       *share > kMuch
           ? "pin the virtual CPUs at the hypervisor; stolen time voids no slot, but it widens intervals"
           : ""});
}

void check_interrupts(Findings& findings) {
  const unsigned cpu = sender_cpu();
  std::vector<unsigned> here;
  std::error_code failed;
  for (std::filesystem::directory_iterator at("/proc/irq", failed), end; !failed && at != end;
       at.increment(failed)) {
    const auto cpus = cpu_list(read_small(at->path() / "effective_affinity_list"));
    const std::string name = at->path().filename().string();
    unsigned number = 0;
    const bool numbered = std::from_chars(name.data(), name.data() + name.size(), number).ec == std::errc();
    if (numbered && std::ranges::find(cpus, cpu) != cpus.end()) here.push_back(number);
  }
  std::ranges::sort(here);
  findings.push_back(
      {area::kMachine, "interrupts", here.empty() ? State::kOk : State::kWarn,
       here.empty()
           ? fmt::format("none is routed to CPU {}", cpu)
           : fmt::format("{} routed to CPU {} (the sender's): {}", here.size(), cpu, fmt::join(here, ", ")),
       here.empty() || cpu == 0
           ? ""
           : fmt::format("for i in {}; do echo 0 | sudo tee /proc/irq/$i/smp_affinity_list; done",
                         fmt::join(here, " "))});
  const auto names = process_names();
  if (std::ranges::find(names, "irqbalance") != names.end())
    findings.push_back({area::kMachine, "irqbalance", State::kWarn,
                        "runs: it moves interrupts during a measurement", "sudo systemctl stop irqbalance"});
}

void check_counters(Findings& findings) {
  const std::string paranoid = read_small("/proc/sys/kernel/perf_event_paranoid");
  const std::string missing = PerfCounters::open().missing();
  findings.push_back(
      {area::kMachine, "counters", missing.empty() ? State::kOk : State::kWarn,
       missing.empty()
           ? fmt::format("cycles, instructions, switches and faults count (perf_event_paranoid={})", paranoid)
           : fmt::format("missing: {} (perf_event_paranoid={})", missing, paranoid),
       missing.empty()    ? ""
       : ::geteuid() == 0 ? "this (virtual) machine exposes no such counter; the latency figures need none"
                          : "sudo sysctl -w kernel.perf_event_paranoid=1, or sudo hopcost run"});
}

void check_hugepages(Findings& findings) {
  const std::string meminfo = read_small("/proc/meminfo");
  findings.push_back({area::kMachine,
                      "hugepages",
                      State::kOk,
                      fmt::format("{} of {} KiB (no backend here needs them)",
                                  meminfo_field(meminfo, "HugePages_Total").value_or(0),
                                  meminfo_field(meminfo, "Hugepagesize").value_or(0)),
                      {}});
}

}  // namespace

void check_machine(Findings& findings) {
  check_cpus(findings);
  check_isolation(findings);
  check_governor(findings);
  check_smt(findings);
  check_interrupts(findings);
  check_steal(findings);
  check_counters(findings);
  check_hugepages(findings);
}

}  // namespace hopcost::campaign
