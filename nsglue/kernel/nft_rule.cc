#include "nsglue/kernel/nft_rule.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
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

}  // namespace

NftRule::NftRule(int family, const char* chain)
    : family_(family), chain_(chain), message_(kNewRule, NLM_F_CREATE | NLM_F_APPEND) {
  nfgenmsg head{};
  head.nfgen_family = static_cast<std::uint8_t>(family);
  message_.header(head);
  message_.text(NFTA_RULE_TABLE, kNftTable);
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

NftRule& NftRule::to_this_host() {
  const std::uint32_t local = RTN_LOCAL;  // host order: net/netfilter/nft_fib.c
  expression("fib", [](netlink::Message& m) {
    m.be32(NFTA_FIB_DREG, kAddress);
    m.be32(NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
    m.be32(NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
  });
  compare(NFT_CMP_EQ, &local, sizeof local);
  say("fib daddr type local");
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
  const std::uint32_t states = NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED);
  const std::uint32_t none = 0;
  expression("ct", [](netlink::Message& m) {
    m.be32(NFTA_CT_DREG, kAddress);
    m.be32(NFTA_CT_KEY, NFT_CT_STATE);
  });
  mask(&states, sizeof states);
  compare(NFT_CMP_NEQ, &none, sizeof none);
  say("ct state established,related");
  return *this;
}

NftRule& NftRule::translate_to(const Prefix& to, std::uint16_t port) {
  const std::uint16_t wanted = htons(port);
  immediate(kAddress, to.bytes.data(), to.size());
  immediate(kPort, &wanted, sizeof wanted);
  expression("nat", [&](netlink::Message& m) {
    m.be32(NFTA_NAT_TYPE, NFT_NAT_DNAT);
    m.be32(NFTA_NAT_FAMILY, static_cast<std::uint32_t>(family_));
    m.be32(NFTA_NAT_REG_ADDR_MIN, kAddress);
    m.be32(NFTA_NAT_REG_PROTO_MIN, kPort);
  });
  const std::string text = address_text(to.family, to.bytes.data());
  say(family_ == AF_INET ? fmt::format("dnat to {}:{}", text, port)
                         : fmt::format("dnat to [{}]:{}", text, port));
  return *this;
}

NftRule& NftRule::masquerade() {
  expression("masq", [](netlink::Message&) {});
  say("masquerade");
  return *this;
}

void NftRule::verdict(NftVerdict verdict, const char* word) {
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
