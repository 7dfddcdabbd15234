// Bridges of Open vSwitch: their programs run and have the ports and forwarding entries that are declared.
#include <fmt/format.h>

#include "nsglue/check/compare.h"
#include "nsglue/kernel/ovs.h"
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

void compare_ports(const Topology& topology, const Device& bridge, const std::string& netns,
                   const OvsBridgeState& found, std::vector<Drift>& drifts) {
  std::set<std::string> declared;
  for (const Device& d : topology.devices) {
    if (d.at.node != bridge.at.node || d.master != bridge.at.device) continue;
    declared.insert(d.at.device);
    const std::string where = fmt::format("{}/{}", netns, d.at.device);
    const auto port = found.ports.find(d.at.device);
    const std::string is = port == found.ports.end() ? "nothing"
                           : port->second.empty()    ? d.master
                                                     : port->second;
    if (is != d.master) drifts.push_back({where + ": master", d.master, is});
    for (const DeviceRef& ref : d.fdb) {
      const std::string& mac = topology.find(ref)->mac;
      if (!found.entries.contains({d.at.device, mac}))
        drifts.push_back({fmt::format("{}: forwarding entry {}", where, mac), "static", "nothing"});
    }
  }
  for (const auto& [device, complaint] : found.ports) {
    if (!declared.contains(device))
      drifts.push_back({fmt::format("{}/{}: master", netns, device), "nothing", bridge.at.device});
  }
}

}  // namespace

void compare_ovs(const Topology& topology, const Nodes& nodes, std::vector<Drift>& drifts) {
  for (const auto& [node, ns] : nodes) {
    std::optional<Result<std::map<std::string, OvsBridgeState>>> read;
    for (const Device& d : topology.devices) {
      if (d.at.node != node || !is_program_switch(d.kind)) continue;
      if (!read) read = read_ovs(ns.name);
      const std::string where = fmt::format("{}/{}", ns.name, d.at.device);
      const bool there = read->has_value() && (*read)->contains(d.at.device);
      if (!there) {
        drifts.push_back({where + ": device", "ovs", read->has_value() ? "nothing" : read->error().what});
        continue;
      }
      const OvsBridgeState& found = (**read)[d.at.device];
      const std::string& datapath = d.options.at("datapath");
      if (datapath != "auto" && datapath != found.datapath)
        drifts.push_back({where + ": datapath", datapath, found.datapath});
      compare_ports(topology, d, ns.name, found, drifts);
    }
  }
}

}  // namespace hopcost::nsglue
