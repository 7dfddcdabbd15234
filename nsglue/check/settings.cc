#include "nsglue/check/settings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/netns.h"
#include "nsglue/check/compare.h"
#include "nsglue/kernel/files.h"
#include "nsglue/kernel/offloads.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;

/// Beyond the quiet ones: what else bends a packet's path or its cost.
constexpr const char* kReadSysctls[] = {
    "net.bridge.bridge-nf-filter-vlan-tagged",
    "net.bridge.bridge-nf-pass-vlan-input-dev",
    "net.core.rps_default_mask",
    "net.ipv4.conf.all.arp_ignore",
    "net.ipv4.conf.all.forwarding",
    "net.ipv4.fib_multipath_hash_policy",
    "net.ipv4.ip_early_demux",
    "net.ipv4.udp_early_demux",
    "net.ipv6.conf.all.disable_ipv6",
};

/// Of the whole host, the same in every namespace; read in the caller's own.
constexpr const char* kHostSysctls[] = {
    "net.core.bpf_jit_enable",
    "net.core.busy_poll",
    "net.core.busy_read",
    "net.core.default_qdisc",
    "net.core.dev_weight",
    "net.core.netdev_budget",
    "net.core.netdev_budget_usecs",
    "net.core.netdev_max_backlog",
    "net.core.netdev_tstamp_prequeue",
    "net.core.flow_limit_cpu_bitmap",
    "net.core.rps_sock_flow_entries",
};

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
    d["disable_ipv6"] = sysctl_json(fmt::format("net.ipv6.conf.{}.disable_ipv6", name));
    d["rp_filter"] = sysctl_json(fmt::format("net.ipv4.conf.{}.rp_filter", name));
  }
  return devices;
}

json node_json(const Node& node, Namespace& ns, const std::map<std::string, LinkState>& links) {
  json sysctls = json::object();
  for (const auto& [name, value] : quiet_sysctls()) sysctls[name] = sysctl_json(name);
  for (const auto& [name, value] : node.sysctls) sysctls[name] = sysctl_json(name);
  for (const char* name : kReadSysctls) sysctls[name] = sysctl_json(name);
  // The module makes this file in every namespace; whether rules use it there shows in nf_conntrack_count at
  // most.
  const bool conntrack = !sysctl_json("net.netfilter.nf_conntrack_max").is_null();
  return {{"netns", ns.name},
          {"sysctls", sysctls},
          {"conntrack_present", conntrack},
          {"devices", devices_json(ns, links)}};
}

}  // namespace

Result<json> settings(const Topology& topology, const std::string& instance) {
  if (auto valid = validate_instance(instance); !valid) return forward(valid);
  json host = json::object();
  for (const char* name : kHostSysctls) host[name] = sysctl_json(name);
  json nodes = json::object();
  for (const Node& node : topology.nodes) {
    const std::string name = namespace_name(instance, node.name);
    auto ns = open_namespace(name);
    if (!ns) return forward(ns);
    auto links = read_links(ns->rtnetlink);
    if (!links) return forward(links);
    auto inside = NetnsScope::enter(name);
    if (!inside) return forward(inside);
    nodes[node.name] = node_json(node, *ns, *links);
  }
  return json{{"topology", topology.name}, {"instance", instance}, {"host", host}, {"nodes", nodes}};
}

}  // namespace hopcost::nsglue
