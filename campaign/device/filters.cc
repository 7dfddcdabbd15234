#include "campaign/device/filters.h"

#include <fmt/format.h>

#include <deque>

#include "base/netlink/socket.h"
#include "base/netns.h"
#include "nsglue/kernel/nft.h"
#include "nsglue/topology/address.h"

namespace hopcost::campaign {
namespace {

using nsglue::NftChain, nsglue::NftRule, nsglue::NftTable, nsglue::parse_prefix;

constexpr NftChain kFilters = {"forward", "filter", nsglue::kNftForward, nsglue::kNftFilter, true};

/// The k-th pair of addresses that is blocked, counted from 1.
Stream blocked(std::uint32_t k, int family) {
  if (family == AF_INET) return {fmt::format("198.18.{0}.{0}", k), fmt::format("198.18.{}.{}", 100 + k, k)};
  return {fmt::format("2001:2::{0}:{0}", k), fmt::format("2001:2::{}:{}", 100 + k, k)};
}

}  // namespace

std::uint32_t filters_of(const std::string& modifier) {
  return modifier == "1-filter" ? 1 : modifier == "25-filters" ? 25 : 0;
}

Result<std::vector<std::string>> add_filters(const std::string& netns, std::uint32_t count,
                                             const std::vector<Stream>& streams) {
  const int family = parse_prefix(streams.front().from)->family;
  std::deque<NftTable> tables;
  tables.emplace_back().family = family;
  tables.front().chains = {kFilters};
  const auto of = [&](const Stream& s) -> NftRule& {
    auto& rule = tables.front().rules.emplace_back(family, kFilters.name);
    return rule.from_net(*parse_prefix(s.from)).to_net(*parse_prefix(s.to));
  };
  for (std::uint32_t k = 1; k < count; ++k) of(blocked(k, family)).drop();
  for (const Stream& s : streams) of(s).accept();
  auto inside = NetnsScope::enter(netns);
  if (!inside) return forward(inside);
  auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
  if (!netfilter) return forward(netfilter);
  if (auto made = nsglue::make_tables(*netfilter, tables); !made) return forward(made);
  std::vector<std::string> words;
  for (const NftRule& rule : tables.front().rules) words.push_back(rule.text());
  return words;
}

}  // namespace hopcost::campaign
