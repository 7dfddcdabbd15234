// Checks what the user may do here, and whether --rootless works.
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>

#include "campaign/doctor/checks.h"
#include "campaign/doctor/proc_text.h"
#include "campaign/doctor/sandbox.h"

namespace hopcost::campaign {
namespace {

using State = Finding::State;
struct Capability {
  unsigned bit;
  const char* name;
  const char* needed_for;
  bool essential;
};
constexpr Capability kCapabilities[] = {
    {CAP_NET_ADMIN, "cap_net_admin", "links, addresses, AF_XDP", true},
    {CAP_NET_RAW, "cap_net_raw", "packet sockets", true},
    {CAP_SYS_ADMIN, "cap_sys_admin", "namespaces", true},
    {CAP_IPC_LOCK, "cap_ipc_lock", "AF_XDP memory above the memlock limit", false},
    {38 /* CAP_PERFMON, Linux 5.8 */, "cap_perfmon",
     "kernel-side counters when perf_event_paranoid forbids them", false},
    {39 /* CAP_BPF, Linux 5.8 */, "cap_bpf", "AF_XDP's receive program", false},
};
constexpr unsigned kCapSysAdmin = CAP_SYS_ADMIN;

/// Whether a capability is effective. CAP_SYS_ADMIN includes CAP_PERFMON and CAP_BPF: before Linux 5.8 it was
/// the only way, and it still works.
bool holds(std::uint64_t effective, const Capability& c) {
  const bool stand_in = c.bit >= 38 && ((effective >> kCapSysAdmin) & 1) != 0;
  return ((effective >> c.bit) & 1) != 0 || stand_in;
}

std::string why_no_user_namespace() {
  if (read_small("/proc/sys/user/max_user_namespaces") == "0")
    return "sudo sysctl -w user.max_user_namespaces=15000";
  if (read_small("/proc/sys/kernel/unprivileged_userns_clone") == "0")
    return "sudo sysctl -w kernel.unprivileged_userns_clone=1";
  if (read_small("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1")
    return "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
  return "a container's or security module's policy forbids it: use `sudo hopcost run` without --rootless";
}

bool check_rootless(Findings& findings) {
  const auto entered = in_sandbox(Sandbox::kRootless, [] { return Result<void>{}; });
  if (entered) {
    findings.push_back({area::kPrivilege,
                        "rootless",
                        State::kOk,
                        "an unprivileged user can make a user and a network namespace",
                        {}});
    return true;
  }
  findings.push_back(
      {area::kPrivilege, "rootless", State::kWarn,
       "--rootless does not work: " + describe({entered.error().what, entered.error().err, {}, {}}),
       why_no_user_namespace()});
  return false;
}

void check_memlock(Findings& findings) {
  rlimit limit{};
  constexpr rlim_t kWanted = 64u << 20;  // an AF_XDP port of the default size, with room to spare
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  const bool enough = limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= kWanted;
  const auto effective = effective_capabilities(read_small("/proc/self/status")).value_or(0);
  const bool exempt = ((effective >> CAP_IPC_LOCK) & 1) != 0;
  std::string found =
      limit.rlim_cur == RLIM_INFINITY ? "unlimited" : fmt::format("{} MiB", limit.rlim_cur >> 20);
  if (!enough && exempt) found += "; cap_ipc_lock goes past it";
  findings.push_back(
      {area::kPrivilege, "memlock limit", enough || exempt ? State::kOk : State::kWarn, found,
       enough || exempt ? "" : "ulimit -l unlimited   (or sudo prlimit --memlock=unlimited --pid $$)"});
}

}  // namespace

Means check_privilege(Findings& findings) {
  const auto effective = effective_capabilities(read_small("/proc/self/status")).value_or(0);
  Means means;
  means.privileged = true;
  for (const Capability& c : kCapabilities)
    means.privileged = means.privileged && (!c.essential || holds(effective, c));
  means.rootless = check_rootless(findings);
  for (const Capability& c : kCapabilities) {
    if (holds(effective, c)) {
      findings.push_back({area::kPrivilege, c.name, State::kOk, fmt::format("held ({})", c.needed_for), {}});
    } else {
      const bool fails = c.essential && !means.rootless;
      findings.push_back({area::kPrivilege, c.name, fails ? State::kFail : State::kWarn,
                          fmt::format("not held ({})", c.needed_for),
                          c.essential && means.rootless
                              ? "sudo hopcost run, or hopcost run --backend af_packet --rootless"
                              : "sudo hopcost run"});
    }
  }
  check_memlock(findings);
  return means;
}

}  // namespace hopcost::campaign
