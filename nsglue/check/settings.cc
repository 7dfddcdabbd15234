#include "nsglue/check/settings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/netns.h"
#include "nsglue/check/compare.h"
#include "nsglue/check/quiet.h"
#include "nsglue/kernel/files.h"
#include "nsglue/kernel/machine.h"
#include "nsglue/kernel/nft.h"
#include "nsglue/kernel/offloads.h"
#include "nsglue/kernel/ovs.h"
#include "nsglue/kinds/kind.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;

json sysctl_json(const std::string& name) {
  const auto value = read_sysctl(name);
  return value && *value ? json(**value) : json(nullptr);
}

json link_json(const LinkState& s, const std::map<std::string, LinkState>& siblings) {
  std::string master;
  for (const auto& [name, other] : siblings) {
    if (s.master_index != 0 && other.index == s.master_index) master = name;
  }
  return {{"kind", s.kind.empty() ? json(nullptr) : json(s.kind)},
          {"mac", s.mac},
          {"mtu", s.mtu},
          {"txqueuelen", s.txqueuelen},
          {"qdisc", s.qdisc},
          {"tx_queues", s.tx_queues},
          {"rx_queues", s.rx_queues},
          {"state", s.state()},
          {"promiscuity", s.promiscuity},
          {"xdp", s.xdp},
          {"master", master.empty() ? json(nullptr) : json(master)},
          {"options", s.options},
          {"port", s.port}};
}

json devices_json(Namespace& ns, const std::map<std::string, LinkState>& links) {
  json devices = json::object();
  const auto sysfs = NamespaceSysfs::open();
  for (const auto& [name, state] : links) {
    if (name == "lo") continue;
    json& d = devices[name] = link_json(state, links);
    const auto offloads = read_offloads(ns.ioctl.get(), name);
    d["offloads"] = offloads ? json(*offloads) : json(nullptr);
    const auto mask = sysfs ? sysfs->read_rps(name) : Result<std::string>("");
    d["rps_cpus"] = mask && !mask->empty() ? json(*mask) : json(nullptr);
    const auto threaded = sysfs ? sysfs->read_threaded(name) : Result<std::string>("");
    d["napi_threaded"] = threaded && !threaded->empty() ? json(*threaded != "0") : json(nullptr);
    d["disable_ipv6"] = sysctl_json(device_sysctl("ipv6", name, "disable_ipv6"));
    d["rp_filter"] = sysctl_json(device_sysctl("ipv4", name, "rp_filter"));
  }
  return devices;
}

/// The packet filter's chains that drop by policy. Nothing where there is no packet filter, or it can't be
/// read.
json dropping_chains() {
  auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
  auto found = netfilter ? read_dropping_chains(*netfilter) : Result<std::vector<std::string>>();
  return found ? json(*found) : json::array();
}

json node_json(const Node& node, Namespace& ns, const std::map<std::string, LinkState>& links) {
  json sysctls = json::object();
  for (const auto& [name, value] : quiet_sysctls()) sysctls[name] = sysctl_json(name);
  for (const auto& [name, value] : node.sysctls) sysctls[name] = sysctl_json(name);
  for (const ReadSysctl& s : namespace_sysctls()) sysctls[s.name] = sysctl_json(s.name);
  // Every namespace has this file once the module is loaded. Whether rules of the namespace track connections
  // is not known from it; nf_conntrack_count may show that.
  const bool conntrack = !sysctl_json("net.netfilter.nf_conntrack_max").is_null();
  return {{"netns", ns.name},
          {"sysctls", sysctls},
          {"conntrack_present", conntrack},
          {"dropping_chains", dropping_chains()},
          {"devices", devices_json(ns, links)}};
}

/// Adds what only switches' programs know: who switches, and which devices are its ports. The state is "gone"
/// when the program does not answer.
void put_switches(const Topology& topology, const Node& node, const std::string& netns, json& devices) {
  std::optional<Result<std::map<std::string, OvsBridgeState>>> read;
  for (const Device& d : topology.devices) {
    if (d.at.node != node.name || !is_program_switch(d.kind)) continue;
    if (!read) read = read_ovs(netns);
    if (!devices.contains(d.at.device)) continue;
    json& shown = devices[d.at.device];
    const bool there = read->has_value() && (*read)->contains(d.at.device);
    shown["kind"] = d.kind;
    shown["state"] = there ? "up" : "gone";
    if (!there) continue;
    const OvsBridgeState& found = (**read)[d.at.device];
    shown["options"]["datapath"] = found.datapath;
    for (const auto& [port, complaint] : found.ports) {
      if (devices.contains(port)) devices[port]["master"] = d.at.device;
    }
  }
}

/// Adds machines' NICs, which are in no namespace. All that is known of one is how its machine runs.
void put_machines(const Topology& topology, const Node& node, const std::string& netns, json& devices) {
  for (const Device& d : topology.devices) {
    if (d.at.node != node.name || !is_in_machine(d.kind)) continue;
    const std::string accelerator = machine_accelerator(netns);
    json& shown = devices[d.at.device] = {{"kind", d.kind},        {"mac", d.mac}, {"mtu", d.mtu},
                                          {"qdisc", nullptr},      {"xdp", false}, {"master", nullptr},
                                          {"port", json::object()}};
    shown["state"] = accelerator.empty() ? "gone" : "up";
    shown["options"] = {{"accelerator", accelerator}};
  }
}

}  // namespace

Result<json> settings(const Topology& topology, const std::string& instance) {
  if (auto valid = validate_instance(instance); !valid) return forward(valid);
  json host = json::object();
  for (const ReadSysctl& s : host_sysctls()) host[s.name] = sysctl_json(s.name);
  json nodes = json::object();
  for (const Node& node : topology.nodes) {
    const std::string name = topology.namespace_of(instance, node.name);
    auto ns = open_namespace(name);
    if (!ns) return forward(ns);
    auto links = read_links(ns->rtnetlink);
    if (!links) return forward(links);
    if (topology.adopted()) join_userspace_switches(node.netns_inode, *links);
    auto inside = NetnsScope::enter(name);
    if (!inside) return forward(inside);
    nodes[node.name] = node_json(node, *ns, *links);
    put_switches(topology, node, ns->name, nodes[node.name]["devices"]);
    put_machines(topology, node, ns->name, nodes[node.name]["devices"]);
  }
  return json{{"topology", topology.name}, {"instance", instance}, {"host", host}, {"nodes", nodes}};
}

}  // namespace hopcost::nsglue
