#include "nsglue/check/lacks.h"

#include <fmt/format.h>

#include <set>

#include "nsglue/kernel/links.h"
#include "nsglue/kernel/machine.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/kernel/nft.h"
#include "nsglue/kernel/ovs.h"
#include "nsglue/kernel/redirect.h"
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

constexpr const char* kNoRules =
    "this kernel has no nftables with NAT (modules nf_tables, nft_chain_nat, nft_nat, nft_masq, nft_ct, "
    "nft_fib_ipv4, nft_fib_ipv6)";

Result<void> try_kinds(const Topology& topology, std::vector<std::string>& lacking) {
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  if (!rtnetlink) return forward(rtnetlink);
  std::set<std::string> tried;
  for (const Device& d : topology.devices) {
    const LinkKind& kind = *find_kind(d.kind);
    if (kind.by_program || kind.by_device_file || !tried.insert(d.kind).second) continue;
    auto there = has_kind(*rtnetlink, kind);
    if (!there) return forward(there);
    if (!*there) lacking.push_back(fmt::format("this kernel has no {} (module {})", kind.name, kind.module));
  }
  return {};
}

/// Tries all of a node's rules, so that a rule the kernel can't do is found as well. Each node gets a
/// namespace of its own, because other nodes' tables have the same names.
Result<void> try_rules(const Topology& topology, const std::string& node, bool& lacking) {
  auto tables = tables_of(topology, node);
  if (tables.empty()) return {};
  return in_scratch_namespace([&]() -> Result<void> {
    auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
    auto made =
        netfilter ? make_tables(*netfilter, tables) : Result<void>(std::unexpected(netfilter.error()));
    if (!made && made.error().code == Exit::kPrivilege) return made;
    lacking = lacking || !made;
    return {};
  });
}

}  // namespace

Result<std::vector<std::string>> lacks(const Topology& topology) {
  std::vector<std::string> lacking;
  if (topology.adopted()) return lacking;  // it stands already
  auto tried = in_scratch_namespace([&] { return try_kinds(topology, lacking); });
  if (!tried) return forward(tried);
  for (std::string& lack : ovs_lacks(topology)) lacking.push_back(std::move(lack));
  for (std::string& lack : machine_lacks(topology)) lacking.push_back(std::move(lack));
  bool no_rules = false;
  for (const Node& node : topology.nodes) {
    if (auto done = try_rules(topology, node.name, no_rules); !done) return forward(done);
  }
  for (const Redirect& r : topology.redirects) {
    auto loaded = try_redirect(r);
    if (loaded) continue;
    lacking.push_back(fmt::format("this kernel takes no BPF program of ours: {}",
                                  hopcost::describe({loaded.error().what, loaded.error().err, {}, {}})));
    break;
  }
  if (no_rules) lacking.emplace_back(kNoRules);
  return lacking;
}

}  // namespace hopcost::nsglue
