#include "campaign/bench/modes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/programs.h"
#include "base/signals.h"
#include "campaign/bench/attached.h"
#include "campaign/bench/build.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;

/// The mode that all costs are relative to.
constexpr const char* kHost = "host";
constexpr const char* kManyMachines =
    "it ends in a virtual machine, where no socket tells containers apart: leave out --containers";

bool has(const std::vector<ModeFile>& modes, const std::string& name) {
  return std::ranges::find(modes, name, &ModeFile::name) != modes.end();
}

/// Two files may declare the same name: the second mode is then named after what was asked for.
Result<void> add_named(const std::string& asked, const fs::path& folder, std::vector<ModeFile>& modes) {
  auto topology = asked.starts_with(nsglue::kCniPrefix) ? nsglue::cni_topology(asked)
                                                        : nsglue::find_topology(asked, folder);
  if (!topology) return forward(topology);
  std::string name = topology->name;
  if (has(modes, name)) name += "@" + asked;
  modes.push_back({std::move(name), std::move(*topology)});
  return {};
}

Result<void> add_all(const fs::path& folder, std::vector<ModeFile>& modes) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    auto topology = nsglue::load_topology(file);
    if (!topology) return forward(topology);
    if (!has(modes, topology->name)) modes.push_back({topology->name, std::move(*topology), false});
  }
  return {};
}

Result<void> put_host_first(const fs::path& folder, std::vector<ModeFile>& modes) {
  if (!has(modes, kHost)) {
    if (auto done = add_named(kHost, folder, modes); !done) return done;
  }
  const auto host = std::ranges::find(modes, kHost, &ModeFile::name);
  std::rotate(modes.begin(), host, host + 1);
  return {};
}

/// Why a mode can't be measured, in one line; empty when it can.
Result<std::string> reason_against(const nsglue::Topology& topology, const Config& config, bool is_host,
                                   Site& device) {
  const bool ipv6 = config.ipv6;
  for (const auto& ref : {topology.sender, topology.addressed}) {
    const nsglue::Device& d = *topology.find(ref);
    if ((ipv6 ? d.ipv6 : d.ipv4).empty())
      return fmt::format("{} has no {} address", ref.text(), ipv6 ? "IPv6" : "IPv4");
  }
  for (const std::uint32_t n : config.containers) {
    if (is_host) break;  // host has one end, however many containers the others have
    if (auto many = nsglue::with_containers(topology, n); !many) return many.error().what;
    if (n > 1 && topology.ends_in_machine()) return kManyMachines;
  }
  auto lacking = device.lacks(topology);
  if (!lacking) return forward(lacking);
  return fmt::format("{}", fmt::join(*lacking, "; "));
}

/// Why a mode can't be measured, found by making it once and sending probes through it; empty when it can.
/// Errors: kPrivilege; kPartial at a stop signal.
Result<std::string> reason_found_by_trying(const nsglue::Topology& topology, Site& device) {
  auto build = Build::raise_one(device, topology);
  if (stop_requested()) return error(Exit::kPartial, "stopped while the modes were being tried");
  auto made = build ? build->prove() : Result<void>(forward(build));
  if (made) return std::string();
  if (made.error().code == Exit::kPrivilege) return forward(made);
  return describe({made.error().what, made.error().err, "", {}});
}

}  // namespace

Result<std::vector<ModeFile>> read_modes(const Config& config) {
  std::vector<ModeFile> modes;
  if (!config.attach.empty()) {
    auto attached = attached_modes(config);
    if (!attached) return forward(attached);
    modes = std::move(*attached);  // its first is host, on the containers' wire
    if (config.modes.empty()) return modes;
  }
  auto found = find_data("topologies", config.topologies);
  if (!found) return forward(found);
  const fs::path& folder = *found;
  for (const std::string& asked : config.modes) {
    const bool there = asked == kHost && !config.attach.empty();
    if (asked == kAllModes || there) continue;
    if (auto done = add_named(asked, folder, modes); !done) return forward(done);
  }
  if (std::ranges::find(config.modes, kAllModes) != config.modes.end()) {
    if (auto done = add_all(folder, modes); !done) return forward(done);
  }
  if (auto done = put_host_first(folder, modes); !done) return forward(done);
  return modes;
}

double usual_rate(const Config& config, const std::vector<ModeFile>& modes) {
  constexpr double kUsual = 100'000, kCareful = 20'000;
  const bool elsewhere = !config.device.nic.empty() || !config.attach.empty();
  const auto is_slow = [](const ModeFile& m) {
    return m.topology.runs_programs() || std::ranges::find(m.topology.devices, "wireguard",
                                                           &nsglue::Device::kind) != m.topology.devices.end();
  };
  return elsewhere || std::ranges::any_of(modes, is_slow) ? kCareful : kUsual;
}

Result<std::vector<LeftOut>> leave_out_lacking(std::vector<ModeFile>& modes, const Config& config,
                                               Site& device) {
  std::vector<LeftOut> out;
  for (auto mode = modes.begin(); mode != modes.end();) {
    const bool is_host = mode == modes.begin();  // never left out: the others are compared with it
    auto reason = reason_against(mode->topology, config, is_host, device);
    // A named mode that fails ends the run, at the first build; one of "all" must not take the others with
    // it.
    if (reason && reason->empty() && !mode->named && !is_host)
      reason = reason_found_by_trying(mode->topology, device);
    if (!reason) return forward(reason);
    if (reason->empty()) {
      ++mode;
      continue;
    }
    if (mode->named || is_host)
      return error(Exit::kMissing, fmt::format("{} can't be measured here: {}", mode->name, *reason),
                   is_host ? "all modes are compared with it"
                           : "leave it out of --modes; --modes all leaves out by itself what can't be "
                             "measured");
    out.push_back({mode->name, std::move(*reason)});
    mode = modes.erase(mode);
  }
  return out;
}

}  // namespace hopcost::campaign
