#include "nsglue/attach/attach.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/netns.h"
#include "nsglue/attach/derive.h"
#include "nsglue/attach/reference.h"
#include "nsglue/attach/survey.h"
#include "nsglue/attach/way_in.h"

namespace hopcost::nsglue {
namespace {

Result<std::vector<Translation>> translations_of(const NetnsState& netns) {
  auto inside = NetnsScope::enter(netns.at.netns);
  if (!inside) return forward(inside);
  auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
  if (!netfilter) return std::vector<Translation>();  // a kernel without netfilter translates nothing
  return read_translations(*netfilter);
}

Result<Attached> attach_one(Survey& survey, const Located& container, const std::set<std::uint64_t>& others,
                            const AttachOptions& options) {
  auto way = find_way_in(survey, container, others, options);
  if (!way) return forward(way);
  auto translations = translations_of(*way->wire.netns);
  if (!translations) return forward(translations);
  return derive(container.reference, *way, *translations);
}

/// The device through which a topology's packets come in.
const DeviceRef& wire_of(const Topology& topology) {
  return topology.taps.front().at;
}

std::uint64_t inode_of(const Topology& topology, const std::string& node) {
  return std::ranges::find(topology.nodes, node, &Node::name)->netns_inode;
}

bool on_one_wire(const Topology& a, const Topology& b) {
  return wire_of(a).device == wire_of(b).device &&
         inode_of(a, wire_of(a).node) == inode_of(b, wire_of(b).node) && a.sender.device == b.sender.device &&
         inode_of(a, a.sender.node) == inode_of(b, b.sender.node);
}

/// Where packets end that go no further than the wire's node: the wire's device, or the bridge it is a port
/// of. Null when neither has an IPv4 address.
const Device* host_end(const Topology& topology) {
  const Device* wire = topology.find(wire_of(topology));
  if (!wire->ipv4.empty()) return wire;
  const Device* bridge = wire->master.empty() ? nullptr : topology.find({wire->at.node, wire->master});
  return bridge != nullptr && !bridge->ipv4.empty() ? bridge : nullptr;
}

/// A port for the host's own lane. Neither it nor the next one is in use there or published for a container.
std::uint16_t host_port(const std::vector<Topology>& attached, const std::string& netns) {
  std::set<std::uint16_t> used = used_udp_ports(netns);
  for (const Topology& t : attached) {
    for (const Publish& p : t.published) used.insert(p.port);
  }
  return free_udp_port(used);
}

}  // namespace

Result<std::vector<Attached>> attach(const std::vector<std::string>& references,
                                     const AttachOptions& options) {
  std::vector<Located> containers;
  std::set<std::uint64_t> inodes;
  for (const std::string& reference : references) {
    auto found = locate(reference);
    if (!found) return forward(found);
    inodes.insert(found->inode);
    containers.push_back(std::move(*found));
  }
  auto survey = Survey::make();
  if (!survey) return forward(survey);
  std::vector<Attached> all;
  for (const Located& container : containers) {
    auto one = attach_one(*survey, container, inodes, options);
    if (!one) return forward(one);
    all.push_back(std::move(*one));
  }
  return all;
}

Result<void> locate_nodes(Topology& topology) {
  for (Node& node : topology.nodes) {
    if (node.adopts.empty()) continue;
    auto found = locate(node.adopts);
    if (!found) return forward(found);
    node.netns = found->netns;
    node.netns_inode = found->inode;
  }
  return {};
}

Result<Topology> host_beside(const std::vector<Topology>& attached) {
  const Topology& first = attached.front();
  for (const Topology& other : attached) {
    if (!on_one_wire(first, other))
      return error(Exit::kUsage, fmt::format("{} and {} are behind different wires", first.name, other.name),
                   "measure them one after the other");
  }
  const Device* end = host_end(first);
  if (end == nullptr)
    return error(
        Exit::kMissing,
        fmt::format("host can't be measured: {} has no IPv4 address, nor has a bridge it is a port of",
                    wire_of(first).text()),
        "give it one that the sender's device has a subnet in common with");
  Topology host = first;
  const DeviceRef master{wire_of(first).node, first.find(wire_of(first))->master};
  const auto keep = [&](const Device& d) {
    return d.at == host.sender || d.at == wire_of(first) || d.at == end->at || d.at == master;
  };
  std::erase_if(host.devices, [&](const Device& d) { return !keep(d); });
  for (Device& d : host.devices) {  // the container's end is not part of host
    if (d.peer && host.find(*d.peer) == nullptr) d.peer.reset();
  }
  std::erase_if(host.nodes,
                [&](const Node& n) { return n.name != host.sender.node && n.name != end->at.node; });
  host.name = "host";
  host.summary = "packets end where the wire does";
  host.group = "host";
  host.taps.erase(host.taps.begin() + 1, host.taps.end());
  host.published.clear();
  host.target = host.addressed = host.next_hop = end->at;
  host.sinks = {{end->at.node, host_port(attached, first.namespace_of("", end->at.node))}};
  return host;
}

void end_at_next_port(Topology& topology) {
  for (SinkPort& sink : topology.sinks) ++sink.port;
}

}  // namespace hopcost::nsglue
