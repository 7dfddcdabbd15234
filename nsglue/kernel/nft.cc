#include "nsglue/kernel/nft.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <memory>

namespace hopcost::nsglue {
namespace {

std::uint16_t type_of(std::uint16_t message) {
  return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

nfgenmsg head_of(int family, std::uint16_t resource = 0) {
  nfgenmsg head{};
  head.nfgen_family = static_cast<std::uint8_t>(family);
  head.res_id = htons(resource);
  return head;
}

/// Requests sent in one batch: all their answers must fit the socket's receive buffer.
constexpr std::size_t kMostInABatch = 100;

using Owned = std::unique_ptr<netlink::Message>;

/// The message that begins or ends a batch (net/netfilter/nfnetlink.c).
Owned bound(std::uint16_t type) {
  auto m = std::make_unique<netlink::Message>(type, 0);
  m->without_acknowledgement();
  m->header(head_of(AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  return m;
}

Owned new_table(const NftTable& table) {
  auto m = std::make_unique<netlink::Message>(type_of(NFT_MSG_NEWTABLE), NLM_F_CREATE);
  m->header(head_of(table.family));
  m->text(NFTA_TABLE_NAME, table.name);
  return m;
}

Owned new_chain(const NftTable& table, const NftChain& chain) {
  auto m = std::make_unique<netlink::Message>(type_of(NFT_MSG_NEWCHAIN), NLM_F_CREATE);
  m->header(head_of(table.family));
  m->text(NFTA_CHAIN_TABLE, table.name);
  m->text(NFTA_CHAIN_NAME, chain.name);
  nlattr* hook = m->begin(NFTA_CHAIN_HOOK | NLA_F_NESTED);
  m->be32(NFTA_HOOK_HOOKNUM, chain.hook);
  m->be32(NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(chain.priority));
  m->end(hook);
  m->be32(NFTA_CHAIN_POLICY, chain.drops ? kNftDrop : kNftAccept);
  m->text(NFTA_CHAIN_TYPE, chain.type);
  return m;
}

/// The first address of the family; nothing when there is none.
std::optional<Prefix> address_of(const Device& d, int family) {
  const auto& list = family == AF_INET ? d.ipv4 : d.ipv6;
  return list.empty() ? std::nullopt : parse_prefix(list.front());
}

constexpr NftChain kPrerouting = {"prerouting", "nat", kNftPrerouting, kNftDestinationNat, false};
constexpr NftChain kPostrouting = {"postrouting", "nat", kNftPostrouting, kNftSourceNat, false};
constexpr NftChain kForward = {"forward", "filter", kNftForward, kNftFilter, true};

/// The rules of a published port, of translation and of what is forwarded; both tables may be the same one.
void add_rules(NftTable& nat, NftTable& filter, NftDialect dialect, const Publish& p, const Prefix& net,
               const Prefix& to) {
  const std::string& bridge = p.bridge.device;
  const auto rule = [&](NftTable& table, const char* chain) -> NftRule& {
    return table.rules.emplace_back(table.family, chain, table.name, dialect);
  };
  rule(nat, "prerouting")
      .to_this_host()
      .from_device(bridge, false)
      .udp_port(p.port)
      .translate_to(to, p.inside);
  rule(nat, "postrouting").from_net(net).to_device(bridge, false).masquerade();
  rule(filter, "forward").to_device(bridge, true).of_known_connection().accept();
  rule(filter, "forward")
      .from_device(bridge, false)
      .to_device(bridge, true)
      .to_address(to)
      .udp_port(p.inside)
      .accept();
  rule(filter, "forward").from_device(bridge, true).to_device(bridge, false).accept();
  rule(filter, "forward").from_device(bridge, true).to_device(bridge, true).accept();
}

/// The node's tables of one family and dialect for published ports.
std::deque<NftTable> published(const Topology& topology, const Topology& part, const std::string& node,
                               int family, NftDialect dialect) {
  const bool two = dialect == NftDialect::kIptables;
  std::deque<NftTable> tables;
  if (two) {
    tables.push_back({family, {kPrerouting, kPostrouting}, {}, "nat"});
    tables.push_back({family, {kForward}, {}, "filter"});
  } else {
    tables.push_back({family, {kPrerouting, kPostrouting, kForward}, {}});
  }
  for (const Publish& p : part.published) {
    const auto net = address_of(*topology.find(p.bridge), family);
    const auto to = address_of(*topology.find(p.to), family);
    if (p.bridge.node == node && net && to && (p.by == "iptables") == two)
      add_rules(tables.front(), tables.back(), dialect, p, *net, *to);
  }
  return tables;
}

}  // namespace

std::deque<NftTable> tables_of(const Topology& topology, const std::string& node) {
  return tables_of(topology, topology, node);
}

std::deque<NftTable> tables_of(const Topology& topology, const Topology& part, const std::string& node) {
  std::deque<NftTable> tables;
  if (topology.adopted()) return tables;  // others made its rules
  for (const int family : {AF_INET, AF_INET6}) {
    NftTable table = std::move(published(topology, part, node, family, NftDialect::kNftables).front());
    if (table.rules.empty()) table.chains = {kPostrouting};
    for (const Device& d : part.devices)
      if (d.masquerade && d.at.node == node && address_of(d, family))
        table.rules.emplace_back(family, "postrouting").to_device(d.at.device, true).masquerade();
    if (!table.rules.empty()) tables.push_back(std::move(table));
    for (NftTable& t : published(topology, part, node, family, NftDialect::kIptables)) {
      if (!t.rules.empty()) tables.push_back(std::move(t));
    }
  }
  return tables;
}

Result<void> make_tables(netlink::Socket& netfilter, std::deque<NftTable>& tables) {
  std::vector<Owned> own;
  std::vector<netlink::Message*> all;
  const auto add = [&](Owned m) { all.push_back(own.emplace_back(std::move(m)).get()); };
  const auto send = [&]() -> Result<void> {
    add(bound(NFNL_MSG_BATCH_END));
    auto done = netfilter.batch(all, "make the packet filter's rules");
    all.clear();
    return done;
  };
  const auto make_room = [&]() -> Result<void> {
    if (all.size() < kMostInABatch) return {};
    if (auto done = send(); !done) return done;
    add(bound(NFNL_MSG_BATCH_BEGIN));
    return {};
  };
  add(bound(NFNL_MSG_BATCH_BEGIN));
  for (NftTable& table : tables) {
    add(new_table(table));
    for (const NftChain& chain : table.chains) add(new_chain(table, chain));
    for (NftRule& rule : table.rules) {
      if (auto done = make_room(); !done) return done;
      all.push_back(&rule.finish());
    }
  }
  return send();
}

}  // namespace hopcost::nsglue
