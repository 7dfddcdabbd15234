// Checks whether stamps can be trusted to the nanosecond, and which other programs affect them.
#include <fmt/format.h>

#include "campaign/doctor/checks.h"
#include "campaign/doctor/proc_text.h"
#include "campaign/doctor/sandbox.h"
#include "campaign/doctor/try_sockets.h"

namespace hopcost::campaign {
namespace {

using State = Finding::State;
void check_clocksource(Findings& findings) {
  const std::filesystem::path folder = "/sys/devices/system/clocksource/clocksource0";
  const std::string current = read_small(folder / "current_clocksource");
  const std::string available = read_small(folder / "available_clocksource");
  const bool good = current == "tsc" || current == "arch_sys_counter";
  const bool has_tsc = available.find("tsc") != std::string::npos;
  findings.push_back({area::kClockAndStamps, "clocksource", good ? State::kOk : State::kWarn,
                      current.empty() ? "unknown" : current,
                      good ? ""
                      : has_tsc
                          ? fmt::format("echo tsc | sudo tee {}", (folder / "current_clocksource").string())
                          : "boot with tsc=reliable, or measure on a machine with a steady counter"});
}

void check_tsc(Findings& findings) {
  const std::string cpuinfo = read_small("/proc/cpuinfo");
  if (!has_cpu_flag(cpuinfo, "tsc")) return;  // not x86, which has no such flags
  const bool steady = has_cpu_flag(cpuinfo, "constant_tsc") && has_cpu_flag(cpuinfo, "nonstop_tsc");
  findings.push_back(
      {area::kClockAndStamps, "TSC", steady ? State::kOk : State::kWarn,
       steady ? "constant and nonstop" : "not said to be constant and nonstop",
       steady
           ? ""
           : "keep the frequency fixed (governor performance, no deep idle): the fit will follow the rest"});
}

std::vector<std::string> daemon_units() {
  std::vector<std::string> units;
  for (const std::string& name : process_names()) {
    const std::string unit(time_daemon_unit(name));
    if (!unit.empty() && (units.empty() || units.back() != unit)) units.push_back(unit);
  }
  return units;
}

void check_stamps(const Means& means, Findings& findings) {
  const auto units = daemon_units();
  const std::string stop = fmt::format("sudo systemctl stop {}", fmt::join(units, " "));
  findings.push_back({area::kClockAndStamps, "time daemons", units.empty() ? State::kOk : State::kWarn,
                      units.empty()
                          ? "none runs"
                          : fmt::format("{} run: they may step the clock and switch receive stamps on",
                                        fmt::join(units, ", ")),
                      units.empty() ? "" : stop + "   (start it again afterwards)"});
  if (!means.privileged && !means.rootless) return;
  bool on = false;
  // The answer crosses the process boundary as an error: kRefused stands for "on".
  const auto looked =
      in_sandbox(means.privileged ? Sandbox::kPrivileged : Sandbox::kRootless, []() -> Result<void> {
        const auto found = software_stamps_on();
        if (!found) return std::unexpected<Error>(found.error());
        return *found ? Result<void>(error(Exit::kRefused, "on")) : Result<void>{};
      });
  if (!looked && looked.error().code == Exit::kRefused) on = true;
  if (!looked && !on) {
    findings.push_back({area::kClockAndStamps,
                        "receive stamps",
                        State::kWarn,
                        "could not be looked at: " + describe(looked.error()),
                        {}});
    return;
  }
  findings.push_back(
      {area::kClockAndStamps, "receive stamps", on ? State::kWarn : State::kOk,
       on ? "a socket of this host has receive timestamps on: hops of macvlan would show as 0 ns"
          : "off: each tap reads the clock itself",
       !on ? ""
       : !units.empty()
           ? stop
           : "find it: sudo ss -0ap; sudo ss -uap; stop what captures or synchronises, and look again"});
}

}  // namespace

void check_clock(const Means& means, Findings& findings) {
  check_clocksource(findings);
  check_tsc(findings);
  check_stamps(means, findings);
}

}  // namespace hopcost::campaign
