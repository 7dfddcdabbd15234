#include "campaign/bench/attached.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace hopcost::campaign {
namespace {

/// Locates kept files again. Finds all references together, so that no container is taken for another's way
/// in.
Result<std::vector<ModeFile>> find_all(const Config& config) {
  std::vector<ModeFile> modes;
  std::vector<std::string> references;
  for (const std::string& name : config.attach) {
    if (!name.ends_with(".toml")) {
      references.push_back(name);
      continue;
    }
    auto topology = nsglue::load_topology(name);
    if (!topology) return forward(topology);
    if (!topology->adopted())
      return error(Exit::kUsage, fmt::format("{} declares a mode to be built", name),
                   "give it to --modes; --attach takes what nsglue attach --keep wrote");
    if (auto located = nsglue::locate_nodes(*topology); !located) return forward(located);
    std::string own = topology->name;
    modes.push_back({std::move(own), std::move(*topology)});
  }
  auto found = nsglue::attach(references, {config.wire, config.from});
  if (!found) return forward(found);
  for (nsglue::Attached& a : *found) modes.push_back({a.reference, std::move(a.topology)});
  return modes;
}

std::string probes_of(const nsglue::Topology& topology, const Config& config) {
  auto way = nsglue::describe(topology, topology.name);
  if (!way) return {};
  const std::string from = topology.from_outside() ? "the other end" : way->sender.device;
  return fmt::format("UDP to {}:{} at {}, {} bytes, {:.0f} a second, for {:.0f} s, from {}", way->target.ipv4,
                     way->port, way->target.mac, config.sizes.front(), config.rates.front(), config.budget_s,
                     from);
}

/// A veth's other end is on this machine. Any other device may lead into other people's networks.
Result<void> may_send(const ModeFile& mode, const Config& config) {
  const nsglue::Topology& t = mode.topology;
  const nsglue::DeviceRef& wire = t.taps.front().at;
  if (!t.from_outside() && t.find(wire)->kind == "veth" && t.find(t.sender)->kind == "veth") return {};
  const std::string what =
      fmt::format("packets come to {} by {}, which leads out of this machine; it would take {}", mode.name,
                  wire.device, probes_of(t, config));
  if (t.from_outside())
    return error(
        Exit::kRefused, what,
        "name the device of this machine that is at its other end: --from DEVICE[@NETNS] --i-mean-it");
  if (!config.i_mean_it)
    return error(Exit::kRefused, what, "if you may send this into that network: --i-mean-it");
  return {};
}

/// Where packets end (namespace and port), to compare modes.
std::pair<std::string, std::uint16_t> end_of(const nsglue::Topology& topology) {
  return {topology.namespace_of("", topology.target.node), topology.sinks.front().port};
}

/// Gives each mode an end of its own: containers in the host's network all end in one namespace, so each
/// needs a different port. Host comes first and reserves the next port for its second instance.
void separate_ends(std::vector<ModeFile>& modes) {
  nsglue::Topology second = modes.front().topology;
  nsglue::end_at_next_port(second);
  std::set taken = {end_of(modes.front().topology), end_of(second)};
  for (ModeFile& mode : modes) {
    if (&mode == &modes.front()) continue;
    while (!taken.insert(end_of(mode.topology)).second && mode.topology.published.empty())
      nsglue::end_at_next_port(mode.topology);
  }
}

}  // namespace

Result<std::vector<ModeFile>> attached_modes(const Config& config) {
  auto modes = find_all(config);
  if (!modes) return forward(modes);
  std::vector<nsglue::Topology> topologies;
  for (const ModeFile& mode : *modes) {
    if (auto may = may_send(mode, config); !may) return forward(may);
    topologies.push_back(mode.topology);
  }
  auto host = nsglue::host_beside(topologies);
  if (!host) return forward(host);
  modes->insert(modes->begin(), {host->name, std::move(*host)});
  separate_ends(*modes);
  return modes;
}

}  // namespace hopcost::campaign
