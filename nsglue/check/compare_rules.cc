// The packet filter: it has the rules of published ports and no others.
#include <fmt/format.h>

#include "base/netns.h"
#include "nsglue/check/compare.h"
#include "nsglue/kernel/nft.h"

namespace hopcost::nsglue {

Result<void> compare_rules(const Topology& topology, const Nodes& nodes, std::vector<Drift>& drifts) {
  for (const auto& [node, ns] : nodes) {
    auto inside = NetnsScope::enter(ns.name);
    if (!inside) return forward(inside);
    auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
    auto tables = tables_of(topology, node);
    if (!netfilter && tables.empty()) continue;  // a kernel without netfilter has no rules
    if (!netfilter) return forward(netfilter);
    auto differences = compare_tables(*netfilter, tables);
    if (!differences) return forward(differences);
    for (NftDifference& d : *differences)
      drifts.push_back({fmt::format("{}: {}", ns.name, d.what), std::move(d.expected), std::move(d.found)});
  }
  return {};
}

}  // namespace hopcost::nsglue
