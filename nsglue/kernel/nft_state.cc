// Reads the packet filter's rules back and compares them, expression by expression, with what was sent.
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>

#include "nsglue/kernel/nft.h"
#include "nsglue/kernel/nft_attributes.h"

namespace hopcost::nsglue {
namespace {

using AttributeList = std::vector<std::pair<std::uint16_t, const nlattr*>>;

AttributeList attributes_of(const nlattr* nest) {
  AttributeList all;
  netlink::for_each_attribute(nest, [&](std::uint16_t type, const nlattr* a) { all.emplace_back(type, a); });
  return all;
}

/// Whether `found` has all that `sent` has. The kernel may have added to it.
bool covers(const nlattr* sent, const nlattr* found) {
  if ((sent->nla_type & NLA_F_NESTED) == 0)
    return std::ranges::equal(netlink::bytes_of(sent), netlink::bytes_of(found));
  const AttributeList have = attributes_of(found);
  return std::ranges::all_of(attributes_of(sent), [&](const auto& want) {
    const auto it = std::ranges::find(have, want.first, &AttributeList::value_type::first);
    return it != have.end() && covers(want.second, it->second);
  });
}

/// Compares two lists of expressions; each element is one expression.
bool same_expressions(const nlattr* sent, const nlattr* found) {
  return std::ranges::equal(attributes_of(sent), attributes_of(found),
                            [](const auto& a, const auto& b) { return covers(a.second, b.second); });
}

/// "nat hook 0 priority -100 policy accept".
std::string words_of(const std::string& type, std::uint32_t hook, std::int32_t priority, bool drops) {
  return fmt::format("{} hook {} priority {} policy {}", type, hook, priority, drops ? "drop" : "accept");
}

std::string chain_words(const nlmsghdr* h) {
  const NftPlace place = nft_place(h);
  return words_of(nft_text(h, NFTA_CHAIN_TYPE), place.hook, place.priority, nft_drops(h));
}

/// The tables of a namespace by family. Each chain's rules are kept in order, as the kernel's messages.
struct Standing {
  struct Table {
    std::map<std::string, std::string> chains;
    std::map<std::string, std::vector<std::string>> rules;
  };
  std::map<std::pair<int, std::string>, Table> tables;  ///< By family and name.
};

Result<Standing> read_tables(netlink::Socket& netfilter) {
  Standing s;
  auto tables = nft_dump(netfilter, NFT_MSG_GETTABLE, [&](int family, const nlmsghdr* h) {
    s.tables[{family, nft_text(h, NFTA_TABLE_NAME)}];
  });
  if (!tables) return forward(tables);
  auto chains = nft_dump(netfilter, NFT_MSG_GETCHAIN, [&](int family, const nlmsghdr* h) {
    s.tables[{family, nft_text(h, NFTA_CHAIN_TABLE)}].chains[nft_text(h, NFTA_CHAIN_NAME)] = chain_words(h);
  });
  if (!chains) return forward(chains);
  auto rules = nft_dump(netfilter, NFT_MSG_GETRULE, [&](int family, const nlmsghdr* h) {
    s.tables[{family, nft_text(h, NFTA_RULE_TABLE)}].rules[nft_text(h, NFTA_RULE_CHAIN)].emplace_back(
        reinterpret_cast<const char*>(h), h->nlmsg_len);
  });
  if (!rules) return forward(rules);
  return s;
}

bool same_rule(NftRule& wanted, const std::string& found) {
  const nlattr* sent = nft_attribute(wanted.finish().get(), NFTA_RULE_EXPRESSIONS);
  const nlattr* have = nft_attribute(reinterpret_cast<const nlmsghdr*>(found.data()), NFTA_RULE_EXPRESSIONS);
  return have != nullptr && same_expressions(sent, have);
}

void compare_table(NftTable& wanted, const Standing::Table& found, std::vector<NftDifference>& out) {
  const std::string where = wanted.name == kNftTable
                                ? fmt::format("table {}", wanted.family_name())
                                : fmt::format("table {} {}", wanted.family_name(), wanted.name);
  for (const NftChain& chain : wanted.chains) {
    const std::string words = words_of(chain.type, chain.hook, chain.priority, chain.drops);
    const auto have = found.chains.find(chain.name);
    const std::string now = have != found.chains.end() ? have->second : "nothing";
    if (now != words) out.push_back({fmt::format("{} chain {}", where, chain.name), words, now});
  }
  std::map<std::string, std::size_t> passed;  // rules compared so far, by chain
  for (NftRule& rule : wanted.rules) {
    const auto have = found.rules.find(rule.chain());
    const std::size_t at = passed[rule.chain()]++;
    const bool there = have != found.rules.end() && at < have->second.size();
    if (there && same_rule(rule, have->second[at])) continue;
    out.push_back({fmt::format("{} chain {} rule {}", where, rule.chain(), at + 1), rule.text(),
                   there ? "another rule" : "nothing"});
  }
  for (const auto& [chain, rules] : found.rules) {
    if (rules.size() > passed[chain])
      out.push_back({fmt::format("{} chain {}", where, chain), fmt::format("{} rules", passed[chain]),
                     std::to_string(rules.size())});
  }
}

}  // namespace

Result<std::vector<NftDifference>> compare_tables(netlink::Socket& netfilter, std::deque<NftTable>& tables) {
  std::vector<NftDifference> out;
  auto standing = read_tables(netfilter);
  if (!standing) {
    if (tables.empty()) return out;  // without nf_tables there are no rules
    return forward(standing);
  }
  for (NftTable& wanted : tables) {
    const std::pair<int, std::string> key(wanted.family, wanted.name);
    compare_table(wanted, standing->tables[key], out);
    standing->tables.erase(key);
  }
  for (const auto& [key, table] : standing->tables)
    out.push_back({fmt::format("table {} {}", nft_family_name(key.first), key.second), "nothing", "a table"});
  return out;
}

Result<std::vector<std::string>> read_dropping_chains(netlink::Socket& netfilter) {
  constexpr const char* kHooks[] = {"prerouting", "input", "forward", "output", "postrouting"};
  constexpr int kInet = 1, kBridge = 7;  // NFPROTO_INET, NFPROTO_BRIDGE of linux/netfilter.h
  constexpr int kOfInet[] = {AF_INET, AF_INET6, kInet, kBridge};  // the families that have these hooks
  std::vector<std::string> found;
  auto done = nft_dump(netfilter, NFT_MSG_GETCHAIN, [&](int family, const nlmsghdr* h) {
    const std::string table = nft_text(h, NFTA_CHAIN_TABLE);
    if (table == kNftTable || !nft_drops(h)) return;
    const std::uint32_t hook = nft_place(h).hook;
    const bool known = hook < std::size(kHooks) && std::ranges::find(kOfInet, family) != std::end(kOfInet);
    found.push_back(fmt::format("{} {} {} (hook {})", nft_family_name(family), table,
                                nft_text(h, NFTA_CHAIN_NAME), known ? kHooks[hook] : std::to_string(hook)));
  });
  if (!done && done.error().code == Exit::kPrivilege) return forward(done);
  return found;
}

}  // namespace hopcost::nsglue
