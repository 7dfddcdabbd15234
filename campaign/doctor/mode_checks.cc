// Builds each topology file for real, in a sandbox.
#include <fmt/format.h>

#include <algorithm>

#include "base/programs.h"
#include "campaign/doctor/checks.h"
#include "campaign/doctor/proc_text.h"
#include "campaign/doctor/sandbox.h"
#include "nsglue/nsglue.h"

namespace hopcost::campaign {
namespace {

using State = Finding::State;
constexpr const char* kInstance = "doctor";

Result<void> build(const std::filesystem::path& file) {
  const auto topology = nsglue::load_topology(file);
  if (!topology) return std::unexpected<Error>(topology.error());
  const auto lacks = nsglue::lacks(*topology);
  if (lacks && !lacks->empty()) return error(Exit::kMissing, fmt::format("{}", fmt::join(*lacks, "; ")));
  const auto up = nsglue::up(*topology, kInstance);
  if (!up) return std::unexpected<Error>(up.error());
  const auto drift = nsglue::check(*topology, kInstance);
  // The namespaces would go with the sandbox, but programs that run in them would stay.
  const auto gone = nsglue::down(kInstance);
  if (!gone) return std::unexpected<Error>(gone.error());
  if (!drift) return std::unexpected<Error>(drift.error());
  if (!drift->empty()) return error(Exit::kFailure, "built, but " + nsglue::text(drift->front()));
  return {};
}

Finding try_mode(const std::filesystem::path& file, Sandbox how) {
  const auto built = in_sandbox(how, [&] { return build(file); });
  const std::string name = file.stem().string();
  if (built) return {area::kModes, name, State::kOk, "built and read back", {}};
  const Error& e = built.error();
  std::string mend = e.hint;
  if (mend.empty() && e.code == Exit::kMissing)
    return {area::kModes, name, State::kWarn, e.what,
            "load the module or install the package, if there is one; hopcost run --modes all leaves the "
            "mode out"};
  if (mend.empty()) mend = fmt::format("leave it out: hopcost run --modes ... without {}", name);
  return {area::kModes, name, State::kFail, describe({e.what, e.err, {}, e.code}), mend};
}

std::vector<std::filesystem::path> topology_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed))
    if (at->path().extension() == ".toml") files.push_back(at->path());
  std::ranges::sort(files);
  return files;
}

void check_leftovers(Findings& findings) {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at("/run/netns", failed), end; !failed && at != end;
       at.increment(failed))
    names.push_back(at->path().filename().string());
  const auto instances = instances_of(names);
  if (instances.empty()) {
    findings.push_back({area::kModes, "leftovers", State::kOk, "no namespace hc-* is left over", {}});
    return;
  }
  findings.push_back({area::kModes, "leftovers", State::kWarn,
                      fmt::format("namespaces stand of: {} (a run under way, or one that was killed)",
                                  fmt::join(instances, ", ")),
                      "sudo nsglue down --dead removes what killed runs left, and nothing of a run under way "
                      "or of a person's own (nsglue list)"});
}

void check_bridge_netfilter(Findings& findings) {
  const std::string value = read_small("/proc/sys/net/bridge/bridge-nf-call-iptables");
  if (value.empty()) {
    findings.push_back({area::kModes,
                        "br_netfilter",
                        State::kOk,
                        "not loaded: bridges pass frames by the packet filters",
                        {}});
  } else {
    findings.push_back(
        {area::kModes,
         "br_netfilter",
         State::kOk,
         fmt::format("loaded (bridge-nf-call-iptables={} here); modes switch it off in their own namespaces",
                     value),
         {}});
  }
}

}  // namespace

void check_modes(const Means& means, Findings& findings) {
  const auto folder = find_data("topologies");
  if (!folder) {
    findings.push_back(
        {area::kModes, "topologies", State::kFail, folder.error().what, "export HOPCOST_TOPOLOGIES=FOLDER"});
  } else if (!means.privileged && !means.rootless) {
    findings.push_back(
        {area::kModes, "topologies", State::kFail, "namespaces can't be made", "sudo hopcost run"});
  } else {
    const Sandbox how = means.privileged ? Sandbox::kPrivileged : Sandbox::kRootless;
    for (const auto& file : topology_files(*folder)) findings.push_back(try_mode(file, how));
  }
  check_bridge_netfilter(findings);
  check_leftovers(findings);
}

}  // namespace hopcost::campaign
