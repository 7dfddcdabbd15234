// Addresses, routes, neighbours and forwarding entries: all that is declared must be there. An address that
// is not declared is drift, too.
#include <fmt/format.h>

#include <algorithm>

#include "nsglue/check/compare.h"
#include "nsglue/kernel/ip_entries.h"
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

void compare_addresses(const Device& d, const std::string& where, unsigned index,
                       std::set<std::string>& found, std::vector<Drift>& out) {
  for (const auto* list : {&d.ipv4, &d.ipv6}) {
    for (const std::string& text : *list) {
      const auto p = parse_prefix(text);
      if (p && found.erase(address_key(index, *p)) == 0)
        out.push_back({where + ": address", text, "nothing"});
    }
  }
  const std::string own = fmt::format("{} ", index);
  for (const std::string& key : found) {
    if (key.starts_with(own)) out.push_back({where + ": address", "nothing", key.substr(own.size())});
  }
}

bool same_route(const RouteEntry& found, const Route& wanted, unsigned index) {
  const auto to = parse_prefix(wanted.to);
  const auto via = parse_address(wanted.via);
  return found.to == *to && (found.via == via) && (wanted.device.empty() || found.index == index);
}

void compare_routes(const Topology& topology, const std::string& node, const std::string& where,
                    const Links& links, const std::vector<RouteEntry>& found, std::vector<Drift>& out) {
  for (const Route& r : topology.routes) {
    if (r.node != node) continue;
    const LinkState* link = r.device.empty() ? nullptr : find_link(links, {r.node, r.device});
    const unsigned index = link != nullptr ? link->index : 0;
    const auto same = [&](const RouteEntry& e) { return same_route(e, r, index); };
    if (std::any_of(found.begin(), found.end(), same)) continue;
    out.push_back(
        {fmt::format("{}: route {}", where, r.to), r.via.empty() ? r.device : "via " + r.via, "nothing"});
  }
}

void compare_neighbours(const Topology& topology, const std::string& node, const std::string& where,
                        const Links& links, const std::vector<NeighbourEntry>& found,
                        std::vector<Drift>& out) {
  for (const Neighbour& n : topology.neighbours) {
    const LinkState* link = n.on.node == node ? find_link(links, n.on) : nullptr;
    if (link == nullptr) continue;
    const std::string& mac = topology.find(n.owner)->mac;
    for (const std::string& text : n.ips) {
      const auto ip = parse_address(text);
      const auto it = std::find_if(found.begin(), found.end(), [&](const NeighbourEntry& e) {
        return e.index == link->index && e.ip == ip;
      });
      const std::string have =
          it == found.end() ? "nothing" : it->mac + (it->permanent ? "" : " (not permanent)");
      if (have != mac)
        out.push_back({fmt::format("{}/{}: neighbour {}", where, n.on.device, text), mac, have});
    }
  }
}

void compare_fdb(const Topology& topology, const Device& d, const std::string& where, unsigned index,
                 const std::vector<FdbEntry>& found, std::vector<Drift>& out) {
  const Device* master = topology.master_of(d);
  if (master != nullptr && is_by_program(master->kind)) return;  // compare_ovs.cc
  for (const DeviceRef& ref : d.fdb) {
    const FdbEntry wanted{index, topology.find(ref)->mac, true};
    if (std::find(found.begin(), found.end(), wanted) == found.end()) {
      out.push_back({fmt::format("{}: forwarding entry {}", where, wanted.mac), "static", "nothing"});
    }
  }
}

Result<void> compare_node(const Topology& topology, const std::string& node, Namespace& ns,
                          const Links& links, std::vector<Drift>& drifts) {
  auto addresses = read_addresses(ns.rtnetlink);
  if (!addresses) return forward(addresses);
  auto routes = read_routes(ns.rtnetlink);
  if (!routes) return forward(routes);
  auto neighbours = read_neighbours(ns.rtnetlink);
  if (!neighbours) return forward(neighbours);
  auto fdb = read_fdb(ns.rtnetlink);
  if (!fdb) return forward(fdb);
  for (const Device& d : topology.devices) {
    const LinkState* link = d.at.node == node ? find_link(links, d.at) : nullptr;
    if (link == nullptr) continue;
    const std::string where = fmt::format("{}/{}", ns.name, d.at.device);
    compare_addresses(d, where, link->index, *addresses, drifts);
    compare_fdb(topology, d, where, link->index, *fdb, drifts);
  }
  compare_routes(topology, node, ns.name, links, *routes, drifts);
  compare_neighbours(topology, node, ns.name, links, *neighbours, drifts);
  return {};
}

}  // namespace

Result<void> compare_ip(const Topology& topology, Nodes& nodes, const Links& links,
                        std::vector<Drift>& drifts) {
  for (auto& [node, ns] : nodes) {
    if (auto done = compare_node(topology, node, ns, links, drifts); !done) return done;
  }
  return {};
}

}  // namespace hopcost::nsglue
