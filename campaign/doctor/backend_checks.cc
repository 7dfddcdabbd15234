// Checks whether pktgen's backends are built in, and whether this kernel supports them; and bpf taps.
#include <fmt/format.h>
#include <sys/utsname.h>

#include "base/programs.h"
#include "base/shell.h"
#include "campaign/doctor/checks.h"
#include "campaign/doctor/dpdk_checks.h"
#include "campaign/doctor/proc_text.h"
#include "campaign/doctor/sandbox.h"
#include "campaign/doctor/try_sockets.h"

namespace hopcost::campaign {
namespace {

using State = Finding::State;

/// What one of our programs prints; empty when it can't be run.
std::string output_of(const std::string& name, const std::string& option) {
  const auto program = find_program(name);
  if (!program) return {};
  auto output = shell_output(shell_quoted(program->string()) + " " + option + " 2>/dev/null");
  return output ? std::move(output->text) : std::string();
}

/// The line about a backend; empty when there is none.
std::string line_about(const std::string& text, const std::string& backend) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::size_t word = line.find_first_not_of(' ');
    if (word != std::string::npos && line.compare(word, backend.size(), backend) == 0)
      return line.substr(word);
    at = end + 1;
  }
  return {};
}

void check_kernel(Findings& findings) {
  utsname name{};
  ::uname(&name);
  // The oldest tested version; AF_XDP's need_wakeup came with 5.4.
  constexpr std::pair<unsigned, unsigned> kOldest{5, 10};
  const bool old = kernel_version(name.release) < kOldest;
  findings.push_back({area::kBackends, "kernel", old ? State::kWarn : State::kOk,
                      fmt::format("{} {}", name.release, name.machine),
                      old ? "use Linux 5.10 or newer: hopcost is tested from there on" : ""});
}

Finding tried(const std::string& item, const Result<void>& r, const std::string& works,
              const std::string& mend) {
  if (r) return {area::kBackends, item, State::kOk, works, {}};
  const Error& e = r.error();
  return {area::kBackends, item, State::kFail, describe({e.what, e.err, {}, e.code}),
          e.code == Exit::kPrivilege ? "sudo hopcost run" : mend};
}

void check_af_xdp(const Means& means, const std::string& built, Findings& findings) {
  if (const std::size_t why = built.find("not built"); why != std::string::npos) {
    findings.push_back({area::kBackends, "af_xdp", State::kFail, built.substr(why),
                        "sudo apt-get install libbpf-dev, then build again (meson setup --reconfigure)"});
    return;
  }
  if (!means.privileged) {
    findings.push_back({area::kBackends, "af_xdp", State::kWarn, "needs root; --rootless uses af_packet",
                        "sudo hopcost run, or hopcost run --backend af_packet --rootless"});
    return;
  }
  findings.push_back(tried("af_xdp", in_sandbox(Sandbox::kPrivileged, try_af_xdp),
                           "socket, memory and rings work (copy mode)",
                           "this kernel lacks CONFIG_XDP_SOCKETS: hopcost run --backend af_packet"));
}

/// Whether an optional backend is built; adds a finding when it is not.
bool built_or_said(const std::string& item, const std::string& line, const std::string& package,
                   Findings& findings) {
  const std::size_t why = line.find("not built");
  if (!line.empty() && why == std::string::npos) return true;
  findings.push_back(
      {area::kBackends, item, State::kWarn, line.empty() ? "not in this pktgen" : line.substr(why),
       fmt::format("sudo apt-get install {}, then build again (meson setup --reconfigure)", package)});
  return false;
}

void check_dpdk(const std::string& line, Findings& findings) {
  if (!built_or_said("dpdk", line, "libdpdk-dev", findings)) return;
  findings.push_back({area::kBackends, "dpdk", State::kOk, "built", {}});
  check_dpdk_means("/", findings);
}

void check_xdp(const std::string& line, Findings& findings) {
  if (!built_or_said("xdp", line, "libbpf-dev", findings)) return;
  utsname name{};
  ::uname(&name);
  constexpr std::pair<unsigned, unsigned> kLiveFrames{5, 18}, kTaiTime{6, 1};
  const auto version = kernel_version(name.release);
  findings.push_back({area::kBackends, "xdp", version < kTaiTime ? State::kWarn : State::kOk,
                      version < kLiveFrames ? "this kernel has no live frames"
                      : version < kTaiTime  ? "works with --no-stamp alone: this kernel has no TAI in BPF"
                                            : "built, and this kernel has live frames and their clock",
                      version < kTaiTime ? "use Linux 6.1 or newer" : ""});
}

/// Without bpf taps a run still works, but its paths end at the device, and stale stamps can mislead it.
void check_taps(Findings& findings) {
  const std::string line = line_about(output_of("analyzer", "--list-taps"), "bpf");
  const std::size_t why = line.find("not ");
  if (line.empty()) {
    findings.push_back({area::kBackends, "analyzer", State::kFail, "could not be run",
                        "build it: meson configure -Dprograms=pktgen,analyzer,nsglue,hopcost"});
  } else if (why == std::string::npos) {
    findings.push_back(
        {area::kBackends, "bpf taps", State::kOk, "sockets, devices and tracepoints can be watched", {}});
  } else {
    findings.push_back({area::kBackends, "bpf taps", State::kWarn,
                        line.substr(why) + "; runs use af_packet taps",
                        "run as root, in a build with libbpf-dev, clang and bpftool"});
  }
}

}  // namespace

void check_backends(const Means& means, Findings& findings) {
  check_kernel(findings);
  const std::string built = output_of("pktgen", "--list-backends");
  if (built.empty())
    findings.push_back({area::kBackends, "pktgen", State::kFail, "could not be run",
                        "build it: meson configure -Dprograms=pktgen,analyzer,nsglue,hopcost"});
  if (means.privileged || means.rootless) {
    const Sandbox how = means.privileged ? Sandbox::kPrivileged : Sandbox::kRootless;
    findings.push_back(tried("af_packet", in_sandbox(how, try_af_packet), "rings and qdisc bypass work",
                             "this kernel lacks CONFIG_PACKET: nothing mends that but another kernel"));
  } else {
    findings.push_back({area::kBackends, "af_packet", State::kFail, "needs cap_net_raw or a user namespace",
                        "sudo hopcost run"});
  }
  if (means.rootless) {
    findings.push_back(tried("af_packet --rootless", in_sandbox(Sandbox::kRootless, try_af_packet),
                             "works without root", "sudo hopcost run, without --rootless"));
  }
  check_af_xdp(means, line_about(built, "af_xdp"), findings);
  check_dpdk(line_about(built, "dpdk"), findings);
  check_xdp(line_about(built, "xdp"), findings);
  check_taps(findings);
}

}  // namespace hopcost::campaign
