// The order of a comparison; sysctls, offloads and other settings that are files or ioctls.
#include "nsglue/check/compare.h"

#include <fmt/format.h>

#include "base/netns.h"
#include "nsglue/kernel/files.h"
#include "nsglue/kernel/offloads.h"
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

const char* on_off(bool on) {
  return on ? "on" : "off";
}

Result<void> compare_sysctls(const Node& node, const std::string& where, std::vector<Drift>& drifts) {
  std::map<std::string, std::string> wanted = node.sysctls;
  wanted.insert(quiet_sysctls().begin(), quiet_sysctls().end());
  for (const auto& [name, value] : wanted) {
    auto found = read_sysctl(name);
    if (!found) return forward(found);
    if (!*found && !node.sysctls.contains(name)) continue;  // the kernel has no such feature
    if (found->value_or("nothing") != value) {
      drifts.push_back({fmt::format("{}: {}", where, name), value, found->value_or("nothing")});
    }
  }
  return {};
}

Result<void> compare_device_files(const Device& d, const Namespace& ns, std::vector<Drift>& drifts) {
  const std::string where = fmt::format("{}/{}", ns.name, d.at.device);
  auto offloads = read_offloads(ns.ioctl.get(), d.at.device);
  if (!offloads) return forward(offloads);
  for (const auto& [name, on] : d.offloads) {
    const auto it = offloads->find(name);
    if (it != offloads->end() && it->second == on) continue;
    drifts.push_back({fmt::format("{}: {}", where, name), on_off(on),
                      it == offloads->end() ? "nothing" : on_off(it->second)});
  }
  const std::string disable = device_sysctl("ipv6", d.at.device, "disable_ipv6");
  auto disabled = read_sysctl(disable);
  if (!disabled) return forward(disabled);
  const std::string wanted = d.ipv6.empty() ? "1" : "0";
  if (*disabled && **disabled != wanted)
    drifts.push_back({fmt::format("{}: {}", where, disable), wanted, **disabled});
  return {};
}

Result<void> compare_files(const Topology& topology, const Node& node, const Namespace& ns,
                           const Links& links, std::vector<Drift>& drifts) {
  auto inside = NetnsScope::enter(ns.name);
  if (!inside) return forward(inside);
  if (auto done = compare_sysctls(node, ns.name, drifts); !done) return done;
  for (const Device& d : topology.devices) {
    if (d.at.node != node.name || find_link(links, d.at) == nullptr || is_by_program(d.kind)) continue;
    if (auto done = compare_device_files(d, ns, drifts); !done) return done;
  }
  return {};
}

}  // namespace

std::string text(const Drift& drift) {
  return fmt::format("{} expected {} found {}", drift.where, drift.expected, drift.found);
}

Result<Links> read_all_links(Nodes& nodes) {
  Links links;
  for (auto& [node, ns] : nodes) {
    auto state = read_links(ns.rtnetlink);
    if (!state) return forward(state);
    links[node] = std::move(*state);
  }
  return links;
}

const LinkState* find_link(const Links& links, const DeviceRef& at) {
  const auto node = links.find(at.node);
  if (node == links.end()) return nullptr;
  const auto link = node->second.find(at.device);
  return link == node->second.end() ? nullptr : &link->second;
}

Result<std::vector<Drift>> compare(const Topology& topology, Nodes& nodes) {
  std::vector<Drift> drifts;
  auto links = read_all_links(nodes);
  if (!links) return forward(links);
  compare_links(topology, nodes, *links, drifts);
  compare_ovs(topology, nodes, drifts);
  if (auto done = compare_wireguard(topology, nodes, *links, drifts); !done) return forward(done);
  if (auto done = compare_ip(topology, nodes, *links, drifts); !done) return forward(done);
  if (auto done = compare_redirects(topology, nodes, *links, drifts); !done) return forward(done);
  if (auto done = compare_rules(topology, nodes, drifts); !done) return forward(done);
  for (const Node& node : topology.nodes) {
    const auto ns = nodes.find(node.name);
    if (ns == nodes.end()) continue;
    if (auto done = compare_files(topology, node, ns->second, *links, drifts); !done) return forward(done);
  }
  return drifts;
}

}  // namespace hopcost::nsglue
