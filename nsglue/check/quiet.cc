#include "nsglue/check/quiet.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "nsglue/kernel/files.h"
#include "nsglue/kernel/ovs.h"
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using nlohmann::json;

constexpr ReadSysctl kNamespaceSysctls[] = {
    {"net.bridge.bridge-nf-filter-vlan-tagged", "0"},
    {"net.bridge.bridge-nf-pass-vlan-input-dev", "0"},
    {"net.core.rps_default_mask", "0"},
    {"net.ipv4.conf.all.arp_ignore", "0"},
    {"net.ipv4.conf.all.forwarding", nullptr},  // the same setting as net.ipv4.ip_forward
    {"net.ipv4.fib_multipath_hash_policy", "0"},
    {"net.ipv4.ip_early_demux", "1"},
    {"net.ipv4.udp_early_demux", "1"},
    {"net.ipv6.conf.all.disable_ipv6", "0"},
};

constexpr ReadSysctl kHostSysctls[] = {
    {"net.core.bpf_jit_enable", "1"},
    {"net.core.busy_poll", "0"},
    {"net.core.busy_read", "0"},
    {"net.core.default_qdisc", nullptr},  // read for each device instead
    {"net.core.dev_weight", "64"},
    {"net.core.flow_limit_cpu_bitmap", "0"},
    {"net.core.netdev_budget", "300"},
    {"net.core.netdev_budget_usecs", nullptr},  // depends on the kernel's HZ
    {"net.core.netdev_max_backlog", "1000"},
    {"net.core.netdev_tstamp_prequeue", "1"},
    {"net.core.rps_sock_flow_entries", "0"},
};

/// A setting as people read it: text unchanged, true and false as on and off.
std::string plain(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "on" : "off";
  return value.dump();
}

/// Compares without leading zeros in masks of CPUs, whose width depends on the machine.
bool same(const std::string& setting, const std::string& value, const std::string& quiet) {
  const bool mask = setting.ends_with("mask") || setting.ends_with("bitmap");
  return (mask ? plain_mask(value) : value) == quiet;
}

/// Collects what differs in one place.
class Collector {
 public:
  Collector(std::string where, std::vector<Unquiet>& out) : where_(std::move(where)), out_(out) {}

  void expect(const std::string& setting, const json& value, const std::string& quiet) {
    if (value.is_null() || same(setting, plain(value), quiet)) return;
    out_.push_back({where_, setting, plain(value), quiet});
  }
  void expect(const json& values, std::span<const ReadSysctl> sysctls) {
    for (const ReadSysctl& s : sysctls) {
      if (s.quiet != nullptr) expect(s.name, values.value(s.name, json()), s.quiet);
    }
  }
  void expect(const json& values, std::span<const InfoField> fields) {
    for (const InfoField& f : fields) {
      if (!f.required) expect(f.key, values.value(f.key, json()), field_text(f, f.ours));
    }
  }

 private:
  std::string where_;
  std::vector<Unquiet>& out_;
};

/// Whether a device listens for other MAC addresses than its own, as it must: it is a port of a bridge or
/// switch, or the device on it has a MAC address of its own, or a macvlan stands on it, which may pass
/// everything through.
bool listens_for_others(const Topology& topology, const Device& d) {
  const auto listens = [&](const Device& other) {
    return other.lower == d.at && (other.mac != d.mac || other.kind == "macvlan" || other.kind == "macvtap");
  };
  const Device* master = topology.master_of(d);
  const bool switched = master != nullptr && (is_switch(master->kind) || master->kind == kOvsLink);
  return switched || std::ranges::any_of(topology.devices, listens);
}

void collect_device(const Topology& topology, const DeviceRef& at, const json& s, std::vector<Unquiet>& out) {
  const Device* declared = topology.find(at);
  // No packet passes through a switch's own device.
  if (declared != nullptr && (is_by_program(declared->kind) || declared->kind == kOvsLink)) return;
  Collector c(at.text(), out);
  c.expect("txqueuelen", s.at("txqueuelen"), "1000");
  c.expect("tx_queues", s.at("tx_queues"), "1");
  c.expect("rx_queues", s.at("rx_queues"), "1");
  c.expect("promiscuity", s.at("promiscuity"),
           declared != nullptr && listens_for_others(topology, *declared) ? "1" : "0");
  for (const auto& [name, on] : s.at("offloads").items()) c.expect(name, on, "off");
  c.expect("rps_cpus", s.at("rps_cpus"), "0");
  c.expect("napi_threaded", s.at("napi_threaded"), "off");
  c.expect("disable_ipv6", s.at("disable_ipv6"), declared != nullptr && !declared->ipv6.empty() ? "0" : "1");
  c.expect("rp_filter", s.at("rp_filter"), "0");
  if (const LinkKind* kind = find_kind(plain(s.at("kind")))) c.expect(s.at("options"), kind->fields);
  const Device* master = declared != nullptr ? topology.master_of(*declared) : nullptr;
  if (const LinkKind* kind = master != nullptr ? find_kind(master->kind) : nullptr)
    c.expect(s.at("port"), kind->port_fields);
}

}  // namespace

std::span<const ReadSysctl> namespace_sysctls() {
  return kNamespaceSysctls;
}

std::span<const ReadSysctl> host_sysctls() {
  return kHostSysctls;
}

std::vector<Unquiet> unquiet(const Topology& topology, const json& settings) {
  std::vector<Unquiet> all;
  Collector("host", all).expect(settings.at("host"), kHostSysctls);
  for (const Node& node : topology.nodes) {
    const json& read = settings.at("nodes").at(node.name);
    Collector c(node.name, all);
    std::map<std::string, std::string> others;  // sysctls of the file that have no quiet value
    for (const auto& [name, value] : node.sysctls) others[name] = value;
    for (const auto& [name, quiet] : quiet_sysctls()) {
      c.expect(name, read.at("sysctls").value(name, json()), quiet);
      others.erase(name);
    }
    c.expect(read.at("sysctls"), kNamespaceSysctls);
    for (const ReadSysctl& s : kNamespaceSysctls) others.erase(s.name);
    for (const auto& [name, value] : others)
      c.expect(name, read.at("sysctls").value(name, json()), "not set");
    for (const json& chain : read.value("dropping_chains", json::array()))
      c.expect("chain " + chain.get<std::string>(), "policy drop", "no such chain");
    for (const auto& [device, values] : read.at("devices").items()) {
      const DeviceRef at{node.name, device};
      // Every namespace has tunnels' fallback devices, which are down.
      if (topology.find(at) != nullptr || values.at("state") != "down")
        collect_device(topology, at, values, all);
    }
  }
  return all;
}

}  // namespace hopcost::nsglue
