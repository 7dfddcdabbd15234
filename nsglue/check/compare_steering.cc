// Receive steering. Apart from compare(), because it needs a sysfs of each namespace: the kernel takes such a
// sysfs down only after it has waited for RCU, which takes milliseconds on a busy machine.
#include <fmt/format.h>

#include "base/netns.h"
#include "nsglue/check/compare.h"
#include "nsglue/kernel/files.h"
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

Result<void> compare_node_steering(const Topology& topology, const Node& node, const Namespace& ns,
                                   std::vector<Drift>& drifts) {
  auto inside = NetnsScope::enter(ns.name);
  if (!inside) return forward(inside);
  auto sysfs = NamespaceSysfs::open();
  for (const Device& d : topology.devices) {
    if (d.at.node != node.name || is_by_program(d.kind) || !interface_index(d.at.device)) continue;
    const std::string wanted = plain_mask(d.rps_cpus);
    if (!sysfs && wanted == "0") continue;  // a mask that can't be read was never set
    if (!sysfs) return forward(sysfs);
    auto mask = sysfs->read_rps(d.at.device);
    if (!mask) return forward(mask);
    const bool absent = mask->empty() && wanted == "0";  // a kernel without RPS steers nothing
    if (!absent && *mask != wanted)
      drifts.push_back({fmt::format("{}/{}: rps_cpus", ns.name, d.at.device), wanted, *mask});
  }
  return {};
}

}  // namespace

Result<std::vector<Drift>> compare_steering(const Topology& topology, const Nodes& nodes) {
  std::vector<Drift> drifts;
  for (const Node& node : topology.nodes) {
    const auto ns = nodes.find(node.name);
    if (ns == nodes.end()) continue;
    if (auto done = compare_node_steering(topology, node, ns->second, drifts); !done) return forward(done);
  }
  return drifts;
}

}  // namespace hopcost::nsglue
