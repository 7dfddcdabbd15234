#include "nsglue/kernel/nft_rule.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace hopcost::nsglue {
namespace {

constexpr std::uint16_t kNewRule = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE;
constexpr std::uint32_t kAddress = NFT_REG_1, kPort = NFT_REG_2;
/// Where the addresses are in an IP header: RFC 791, RFC 8200.
constexpr std::uint32_t kSource4 = 12, kDestination4 = 16, kSource6 = 8, kDestination6 = 24;

std::uint16_t nested(std::uint16_t type) {
  return static_cast<std::uint16_t>(type | NLA_F_NESTED);
}

// What xtables' matches and targets are told. Of headers that can't be included beside netinet/in.h:
// linux/netfilter/xt_addrtype.h, xt_conntrack.h, nf_nat.h.

struct AddrtypeInfo {                  // xt_addrtype_info_v1
  std::uint16_t source = 0, dest = 0;  // bits by RTN_*
  std::uint32_t flags = 0;
};

struct ConntrackInfo {  // xt_conntrack_mtinfo3
  std::uint32_t addresses[8][4] = {};
  std::uint32_t expires[2] = {};
  std::uint16_t l4proto = 0, ports[4] = {};
  std::uint16_t match_flags = 0, invert_flags = 0, state_mask = 0, status_mask = 0;
  std::uint16_t last_ports[4] = {};
};
static_assert(sizeof(ConntrackInfo) == 164);
constexpr std::uint16_t kMatchesState = 1;               // XT_CONNTRACK_STATE
constexpr std::uint16_t kKnownStates = 1 << 1 | 1 << 2;  // XT_CONNTRACK_STATE_BIT of established, related

struct NatRange {  // nf_nat_range2; nf_nat_range is its first 40 bytes
  std::uint32_t flags = 0;
  std::uint8_t least[16] = {}, most[16] = {};
  std::uint16_t least_port = 0, most_port = 0, base_port = 0;
};
static_assert(sizeof(NatRange) == 44);
constexpr std::size_t kNatRangeBytes = 40;                // nf_nat_range
constexpr std::uint32_t kMapsAddress = 1, kMapsPort = 2;  // NF_NAT_RANGE_*

struct NatRanges4 {  // nf_nat_ipv4_multi_range_compat
  std::uint32_t size = 1;
  std::uint32_t flags = 0, least = 0, most = 0;
  std::uint16_t least_port = 0, most_port = 0;
};
static_assert(sizeof(NatRanges4) == 20);

/// The kernel compares the length with the structure's, rounded up so (XT_ALIGN).
constexpr std::size_t kXtAlign = 8;

}  // namespace

NftRule::NftRule(int family, const char* chain, const std::string& table, NftDialect dialect)
    : family_(family), dialect_(dialect), chain_(chain), message_(kNewRule, NLM_F_CREATE | NLM_F_APPEND) {
  nfgenmsg head{};
  head.nfgen_family = static_cast<std::uint8_t>(family);
  message_.header(head);
  message_.text(NFTA_RULE_TABLE, table);
  message_.text(NFTA_RULE_CHAIN, chain);
  list_ = message_.begin(nested(NFTA_RULE_EXPRESSIONS));
}

netlink::Message& NftRule::finish() {
  message_.end(list_);
  return message_;
}

void NftRule::say(const std::string& words) {
  text_ += (text_.empty() ? "" : " ") + words;
}

template <class Fill>
void NftRule::expression(const char* name, Fill&& fill) {
  nlattr* element = message_.begin(nested(NFTA_LIST_ELEM));
  message_.text(NFTA_EXPR_NAME, name);
  nlattr* data = message_.begin(nested(NFTA_EXPR_DATA));
  fill(message_);
  message_.end(data);
  message_.end(element);
}

void NftRule::load_meta(std::uint32_t key) {
  expression("meta", [&](netlink::Message& m) {
    m.be32(NFTA_META_KEY, key);
    m.be32(NFTA_META_DREG, kAddress);
  });
}

void NftRule::load(std::uint32_t base, std::uint32_t offset, std::uint32_t bytes) {
  expression("payload", [&](netlink::Message& m) {
    m.be32(NFTA_PAYLOAD_DREG, kAddress);
    m.be32(NFTA_PAYLOAD_BASE, base);
    m.be32(NFTA_PAYLOAD_OFFSET, offset);
    m.be32(NFTA_PAYLOAD_LEN, bytes);
  });
}

void NftRule::mask(const void* bits, std::size_t bytes) {
  const std::array<std::uint8_t, 16> zero{};
  expression("bitwise", [&](netlink::Message& m) {
    m.be32(NFTA_BITWISE_SREG, kAddress);
    m.be32(NFTA_BITWISE_DREG, kAddress);
    m.be32(NFTA_BITWISE_LEN, static_cast<std::uint32_t>(bytes));
    nlattr* keep = m.begin(nested(NFTA_BITWISE_MASK));
    m.bytes(NFTA_DATA_VALUE, bits, bytes);
    m.end(keep);
    nlattr* flip = m.begin(nested(NFTA_BITWISE_XOR));
    m.bytes(NFTA_DATA_VALUE, zero.data(), bytes);
    m.end(flip);
  });
}

void NftRule::compare(std::uint32_t operation, const void* value, std::size_t bytes) {
  expression("cmp", [&](netlink::Message& m) {
    m.be32(NFTA_CMP_SREG, kAddress);
    m.be32(NFTA_CMP_OP, operation);
    nlattr* data = m.begin(nested(NFTA_CMP_DATA));
    m.bytes(NFTA_DATA_VALUE, value, bytes);
    m.end(data);
  });
}

void NftRule::immediate(std::uint32_t into, const void* value, std::size_t bytes) {
  expression("immediate", [&](netlink::Message& m) {
    m.be32(NFTA_IMMEDIATE_DREG, into);
    nlattr* data = m.begin(nested(NFTA_IMMEDIATE_DATA));
    m.bytes(NFTA_DATA_VALUE, value, bytes);
    m.end(data);
  });
}

void NftRule::device(std::uint32_t key, const std::string& name, bool is) {
  std::array<char, IFNAMSIZ> padded{};
  std::memcpy(padded.data(), name.data(), std::min(name.size(), padded.size() - 1));
  load_meta(key);
  compare(is ? NFT_CMP_EQ : NFT_CMP_NEQ, padded.data(), padded.size());
  say(fmt::format("{} {}\"{}\"", key == NFT_META_IIFNAME ? "iifname" : "oifname", is ? "" : "!= ", name));
}

NftRule& NftRule::from_device(const std::string& name, bool is) {
  device(NFT_META_IIFNAME, name, is);
  return *this;
}

NftRule& NftRule::to_device(const std::string& name, bool is) {
  device(NFT_META_OIFNAME, name, is);
  return *this;
}

void NftRule::count() {
  if (dialect_ == NftDialect::kIptables) expression("counter", [](netlink::Message&) {});
}

void NftRule::match(const char* name, std::uint32_t revision, const void* info, std::size_t bytes) {
  std::array<std::byte, 256> padded{};
  std::memcpy(padded.data(), info, bytes);
  expression("match", [&](netlink::Message& m) {
    m.text(NFTA_MATCH_NAME, name);
    m.be32(NFTA_MATCH_REV, revision);
    m.bytes(NFTA_MATCH_INFO, padded.data(), (bytes + kXtAlign - 1) / kXtAlign * kXtAlign);
  });
}

void NftRule::target(const char* name, std::uint32_t revision, const void* info, std::size_t bytes) {
  std::array<std::byte, 256> padded{};
  std::memcpy(padded.data(), info, bytes);
  count();
  expression("target", [&](netlink::Message& m) {
    m.text(NFTA_TARGET_NAME, name);
    m.be32(NFTA_TARGET_REV, revision);
    m.bytes(NFTA_TARGET_INFO, padded.data(), (bytes + kXtAlign - 1) / kXtAlign * kXtAlign);
  });
}

NftRule& NftRule::to_this_host() {
  say("fib daddr type local");
  if (dialect_ == NftDialect::kIptables) {
    const AddrtypeInfo info{.dest = 1 << RTN_LOCAL};
    match("addrtype", 1, &info, sizeof info);
    return *this;
  }
  const std::uint32_t local = RTN_LOCAL;  // host order: net/netfilter/nft_fib.c
  expression("fib", [](netlink::Message& m) {
    m.be32(NFTA_FIB_DREG, kAddress);
    m.be32(NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
    m.be32(NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
  });
  compare(NFT_CMP_EQ, &local, sizeof local);
  return *this;
}

void NftRule::address(const char* word, std::uint32_t offset, const Prefix& net) {
  std::array<std::uint8_t, 16> bits{}, wanted{};
  for (unsigned i = 0; i < net.length; ++i) bits[i / 8] |= static_cast<std::uint8_t>(0x80 >> i % 8);
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = net.bytes[i] & bits[i];
  load(NFT_PAYLOAD_NETWORK_HEADER, offset, net.size());
  if (net.length < net.size() * 8) mask(bits.data(), net.size());
  compare(NFT_CMP_EQ, wanted.data(), net.size());
  Prefix shown = net;
  shown.bytes = wanted;
  say(fmt::format(
      "{} {} {}", family_ == AF_INET ? "ip" : "ip6", word,
      net.length < net.size() * 8 ? prefix_text(shown) : address_text(shown.family, shown.bytes.data())));
}

NftRule& NftRule::from_net(const Prefix& net) {
  address("saddr", family_ == AF_INET ? kSource4 : kSource6, net);
  return *this;
}

NftRule& NftRule::to_address(const Prefix& wanted) {
  Prefix whole = wanted;
  whole.length = wanted.size() * 8;
  return to_net(whole);
}

NftRule& NftRule::to_net(const Prefix& net) {
  address("daddr", family_ == AF_INET ? kDestination4 : kDestination6, net);
  return *this;
}

NftRule& NftRule::udp_port(std::uint16_t port) {
  const std::uint8_t udp = IPPROTO_UDP;
  const std::uint16_t wanted = htons(port);
  load_meta(NFT_META_L4PROTO);
  compare(NFT_CMP_EQ, &udp, sizeof udp);
  load(NFT_PAYLOAD_TRANSPORT_HEADER, 2, sizeof wanted);  // RFC 768
  compare(NFT_CMP_EQ, &wanted, sizeof wanted);
  say(fmt::format("udp dport {}", port));
  return *this;
}

NftRule& NftRule::of_known_connection() {
  say("ct state established,related");
  if (dialect_ == NftDialect::kIptables) {
    const ConntrackInfo info{.match_flags = kMatchesState, .state_mask = kKnownStates};
    match("conntrack", 3, &info, sizeof info);
    return *this;
  }
  const std::uint32_t states = NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED);
  const std::uint32_t none = 0;
  expression("ct", [](netlink::Message& m) {
    m.be32(NFTA_CT_DREG, kAddress);
    m.be32(NFTA_CT_KEY, NFT_CT_STATE);
  });
  mask(&states, sizeof states);
  compare(NFT_CMP_NEQ, &none, sizeof none);
  return *this;
}

NftRule& NftRule::translate_to(const Prefix& to, std::uint16_t port) {
  const std::uint16_t wanted = htons(port);
  const std::string text = address_text(to.family, to.bytes.data());
  say(family_ == AF_INET ? fmt::format("dnat to {}:{}", text, port)
                         : fmt::format("dnat to [{}]:{}", text, port));
  if (dialect_ == NftDialect::kIptables) {
    NatRange range{.flags = kMapsAddress | kMapsPort, .least_port = wanted, .most_port = wanted};
    for (auto* address : {range.least, range.most}) std::memcpy(address, to.bytes.data(), to.size());
    target("DNAT", 2, &range, sizeof range);
    return *this;
  }
  immediate(kAddress, to.bytes.data(), to.size());
  immediate(kPort, &wanted, sizeof wanted);
  expression("nat", [&](netlink::Message& m) {
    m.be32(NFTA_NAT_TYPE, NFT_NAT_DNAT);
    m.be32(NFTA_NAT_FAMILY, static_cast<std::uint32_t>(family_));
    m.be32(NFTA_NAT_REG_ADDR_MIN, kAddress);
    m.be32(NFTA_NAT_REG_PROTO_MIN, kPort);
  });
  return *this;
}

NftRule& NftRule::masquerade() {
  say("masquerade");
  if (dialect_ == NftDialect::kIptables) {
    const NatRanges4 four;
    const NatRange six;
    if (family_ == AF_INET) target("MASQUERADE", 0, &four, sizeof four);
    if (family_ == AF_INET6) target("MASQUERADE", 0, &six, kNatRangeBytes);
    return *this;
  }
  expression("masq", [](netlink::Message&) {});
  return *this;
}

void NftRule::verdict(NftVerdict verdict, const char* word) {
  count();
  expression("immediate", [&](netlink::Message& m) {
    m.be32(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    nlattr* data = m.begin(nested(NFTA_IMMEDIATE_DATA));
    nlattr* inner = m.begin(nested(NFTA_DATA_VERDICT));
    m.be32(NFTA_VERDICT_CODE, verdict);
    m.end(inner);
    m.end(data);
  });
  say(word);
}

NftRule& NftRule::accept() {
  verdict(kNftAccept, "accept");
  return *this;
}

NftRule& NftRule::drop() {
  verdict(kNftDrop, "drop");
  return *this;
}

}  // namespace hopcost::nsglue
