#include "nsglue/check/lacks.h"

#include <fmt/format.h>

#include <set>

#include "nsglue/kernel/links.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/kernel/nft.h"
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

Result<void> try_kinds(const Topology& topology, std::vector<std::string>& lacking) {
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  if (!rtnetlink) return forward(rtnetlink);
  std::set<std::string> tried;
  for (const Device& d : topology.devices) {
    if (!tried.insert(d.kind).second) continue;
    const LinkKind& kind = *find_kind(d.kind);
    auto there = has_kind(*rtnetlink, kind);
    if (!there) return forward(there);
    if (!*there) lacking.push_back(fmt::format("this kernel has no {} (module {})", kind.name, kind.module));
  }
  return {};
}

/// All of the rules, so that one the kernel can't do is found as well.
Result<void> try_rules(const Topology& topology, std::vector<std::string>& lacking) {
  for (const Node& node : topology.nodes) {
    auto tables = published_tables(topology, node.name);
    if (tables.empty()) continue;
    auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
    auto made =
        netfilter ? make_tables(*netfilter, tables) : Result<void>(std::unexpected(netfilter.error()));
    if (!made && made.error().code == Exit::kPrivilege) return made;
    if (made) continue;
    lacking.push_back(
        fmt::format("this kernel has no nftables with NAT (modules {})",
                    "nf_tables, nft_chain_nat, nft_nat, nft_masq, nft_ct, nft_fib_ipv4, nft_fib_ipv6"));
    return {};
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> lacks(const Topology& topology) {
  std::vector<std::string> lacking;
  auto tried = in_scratch_namespace([&]() -> Result<void> {
    if (auto done = try_kinds(topology, lacking); !done) return done;
    return try_rules(topology, lacking);
  });
  if (!tried) return forward(tried);
  return lacking;
}

}  // namespace hopcost::nsglue
