#include "campaign/device/topology_facts.h"

#include <algorithm>

namespace hopcost::campaign {

const nsglue::Device* other_end(const nsglue::Topology& t, const nsglue::DeviceRef& of) {
  const nsglue::Device* const device = t.find(of);
  return device != nullptr && device->peer ? t.find(*device->peer) : nullptr;
}

std::string bare(const std::string& address) {
  return address.substr(0, address.find('/'));
}

std::string prefix_of(const nsglue::Topology& t) {
  for (const nsglue::Route& r : t.routes)
    if (r.node == t.sender.node && r.to.ends_with("::/96")) return r.to.substr(0, r.to.size() - 3);
  return "";
}

bool is_stateless(const nsglue::Topology& t) {
  const std::string prefix = prefix_of(t);
  const nsglue::Device* const sender = t.find(t.sender);
  return !prefix.empty() && sender != nullptr && !sender->ipv6.empty() &&
         sender->ipv6.front().starts_with(prefix);
}

std::string tunnel_of(const nsglue::Topology& t) {
  const nsglue::Device* const sender = t.find(t.sender);
  if (sender == nullptr || sender->ipv4.empty()) return "";
  const std::string from = bare(sender->ipv4.front());
  for (const nsglue::Device& d : t.devices)
    if (d.kind == "sit" && d.at.node == t.next_hop.node && d.options.at("remote") == from)
      return from + "," + d.options.at("local");
  return "";
}

bool takes_ipv6_alone(const nsglue::Topology& t) {
  const nsglue::Device* const sender = t.find(t.sender);
  const bool no_ipv4 = sender != nullptr && sender->ipv4.empty();
  return no_ipv4 || !prefix_of(t).empty() || !tunnel_of(t).empty();
}

bool routes(const nsglue::Topology& t) {
  return t.next_hop.node != t.target.node && t.published.empty();
}

bool keeps_connections(const nsglue::Topology& t) {
  return std::ranges::any_of(t.devices, [](const nsglue::Device& d) { return d.masquerade; });
}

bool is_fed(const nsglue::Topology& t) {
  return std::ranges::any_of(t.nodes, [](const nsglue::Node& n) { return n.name == "peer"; });
}

bool learns(const nsglue::Topology& t) {
  return std::ranges::any_of(t.devices, [&](const nsglue::Device& d) {
    const nsglue::Device* const master = d.master.empty() ? nullptr : t.find({d.at.node, d.master});
    return master != nullptr && (master->kind == "bridge" || master->kind == "ovs") && d.fdb.empty();
  });
}

std::string own_address(const nsglue::Topology& t, bool ipv6) {
  const nsglue::Device* const in = other_end(t, t.sender);
  if (in == nullptr) return "";
  const auto& addresses = ipv6 ? in->ipv6 : in->ipv4;
  return addresses.empty() ? "" : bare(addresses.front());
}

}  // namespace hopcost::campaign
