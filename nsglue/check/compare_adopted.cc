// Compares what others made with what was found of it when it was located: namespaces, and the path's
// devices.
#include <fmt/format.h>
#include <sys/stat.h>

#include "nsglue/check/compare.h"
#include "nsglue/kernel/ip_entries.h"
#include "nsglue/kernel/ovs.h"

namespace hopcost::nsglue {
namespace {

/// Whether the namespace is still the one that was located. Its path may lead to another one by now.
bool is_still_there(const Node& node) {
  struct stat file {};
  return stat(node.netns.c_str(), &file) == 0 && file.st_ino == node.netns_inode;
}

std::string master_name(const std::map<std::string, LinkState>& links, unsigned index) {
  for (const auto& [name, state] : links) {
    if (index != 0 && state.index == index) return name;
  }
  return "nothing";
}

void compare_adopted_link(const Device& d, const std::map<std::string, LinkState>& links,
                          const std::string& where, std::vector<Drift>& out) {
  const auto expect = [&](const char* what, const std::string& expected, const std::string& found) {
    if (expected != found) out.push_back({fmt::format("{}: {}", where, what), expected, found});
  };
  const auto at = links.find(d.at.device);
  if (at == links.end()) return expect("device", d.kind, "nothing");
  const LinkState& s = at->second;
  expect("kind", d.kind, s.kind.empty() ? kNicKind : s.kind);
  expect("mac", d.mac, s.mac);
  expect("mtu", std::to_string(d.mtu), std::to_string(s.mtu));
  // A device whose driver reports no state works. So does an Open vSwitch bridge whose device is down.
  if (d.kind != kOvsLink) expect("state", "up", s.state() == "unknown" ? "up" : s.state());
  // A master that is not on the path is not declared.
  if (!d.master.empty()) expect("master", d.master, master_name(links, s.master_index));
}

void compare_adopted_addresses(const Device& d, unsigned index, const std::set<std::string>& found,
                               const std::string& where, std::vector<Drift>& out) {
  for (const auto* list : {&d.ipv4, &d.ipv6}) {
    for (const std::string& text : *list) {
      const auto p = parse_prefix(text);
      if (p && !found.contains(address_key(index, *p))) out.push_back({where + ": address", text, "nothing"});
    }
  }
}

Result<void> compare_adopted_node(const Topology& topology, const Node& node, std::vector<Drift>& out) {
  auto ns = open_namespace(node.netns);
  if (!ns) return forward(ns);
  auto links = read_links(ns->rtnetlink);
  if (!links) return forward(links);
  join_userspace_switches(node.netns_inode, *links);
  auto addresses = read_addresses(ns->rtnetlink);
  if (!addresses) return forward(addresses);
  for (const Device& d : topology.devices) {
    if (d.at.node != node.name) continue;
    const std::string where = fmt::format("{}/{}", node.adopts, d.at.device);
    compare_adopted_link(d, *links, where, out);
    if (links->contains(d.at.device))
      compare_adopted_addresses(d, links->at(d.at.device).index, *addresses, where, out);
  }
  return {};
}

}  // namespace

Result<std::vector<Drift>> compare_adopted(const Topology& topology) {
  std::vector<Drift> drifts;
  for (const Node& node : topology.nodes) {  // first, because what was in a namespace has gone with it
    if (!is_still_there(node))
      drifts.push_back({node.adopts + ": network namespace", std::to_string(node.netns_inode), "nothing"});
  }
  for (const Node& node : topology.nodes) {
    if (!is_still_there(node)) continue;
    auto done = compare_adopted_node(topology, node, drifts);
    if (!done && done.error().code != Exit::kMissing) return forward(done);
    if (!done) drifts.push_back({node.adopts + ": network namespace", "there", "nothing"});  // gone meanwhile
  }
  return drifts;
}

}  // namespace hopcost::nsglue
