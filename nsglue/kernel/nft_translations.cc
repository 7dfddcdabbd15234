#include "nsglue/kernel/nft_translations.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <netinet/in.h>

#include <cstring>
#include <map>
#include <string>

#include "nsglue/kernel/nft_attributes.h"

namespace hopcost::nsglue {
namespace {

template <class T>
T copy_from(std::span<const std::byte> bytes, std::size_t offset) {
  T value{};
  if (bytes.size() >= offset + sizeof value) std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// Reads one rule, expression by expression, as the kernel would execute it.
class Reader {
 public:
  explicit Reader(int family) { found_.to.family = family; }

  void expression(const nlattr* element) {
    std::string name;
    const nlattr* data = nullptr;
    netlink::for_each_attribute(element, [&](std::uint16_t type, const nlattr* a) {
      if (type == NFTA_EXPR_NAME) name = netlink::text_of(a);
      if (type == NFTA_EXPR_DATA) data = a;
    });
    if (data == nullptr) return;
    std::map<std::uint16_t, const nlattr*> of;
    netlink::for_each_attribute(data, [&](std::uint16_t type, const nlattr* a) { of[type] = a; });
    if (name == "meta") meta(of);
    if (name == "payload") payload(of);
    if (name == "cmp") compare(of);
    if (name == "immediate") immediate(of);
    if (name == "nat") nat(of);
    if (name == "match") match(of);
    if (name == "target") target(of);
  }

  /// The translation, if the rule is one of UDP.
  [[nodiscard]] std::optional<Translation> result() const {
    if (!translates_ || !udp_ || found_.port == 0) return std::nullopt;
    Translation t = found_;
    if (t.to_port == 0) t.to_port = t.port;
    return t;
  }

 private:
  using Attributes = std::map<std::uint16_t, const nlattr*>;
  enum class Holds { kOther, kProtocol, kPort };

  static const nlattr* at(const Attributes& of, std::uint16_t type) {
    const auto it = of.find(type);
    return it == of.end() ? nullptr : it->second;
  }
  static std::uint32_t number(const Attributes& of, std::uint16_t type) {
    const nlattr* a = at(of, type);
    return a == nullptr ? 0 : be32_of(a);
  }
  static std::span<const std::byte> value_in(const nlattr* nest) {
    std::span<const std::byte> bytes;
    if (nest == nullptr) return bytes;
    netlink::for_each_attribute(nest, [&](std::uint16_t type, const nlattr* a) {
      if (type == NFTA_DATA_VALUE) bytes = netlink::bytes_of(a);
    });
    return bytes;
  }

  void meta(const Attributes& of) {
    const bool protocol = number(of, NFTA_META_KEY) == NFT_META_L4PROTO;
    holds_[number(of, NFTA_META_DREG)] = protocol ? Holds::kProtocol : Holds::kOther;
  }

  void payload(const Attributes& of) {
    const std::uint32_t base = number(of, NFTA_PAYLOAD_BASE), offset = number(of, NFTA_PAYLOAD_OFFSET);
    const std::uint32_t length = number(of, NFTA_PAYLOAD_LEN);
    const bool port = base == NFT_PAYLOAD_TRANSPORT_HEADER && offset == 2 && length == 2;  // RFC 768
    const bool protocol = base == NFT_PAYLOAD_NETWORK_HEADER && length == 1 &&
                          offset == (found_.to.family == AF_INET ? 9 : 6);  // RFC 791, RFC 8200
    holds_[number(of, NFTA_PAYLOAD_DREG)] = port ? Holds::kPort : protocol ? Holds::kProtocol : Holds::kOther;
  }

  void compare(const Attributes& of) {
    if (number(of, NFTA_CMP_OP) != NFT_CMP_EQ) return;
    const auto value = value_in(at(of, NFTA_CMP_DATA));
    const Holds what = holds_[number(of, NFTA_CMP_SREG)];
    if (what == Holds::kProtocol) udp_ = copy_from<std::uint8_t>(value, 0) == IPPROTO_UDP;
    if (what == Holds::kPort) found_.port = ntohs(copy_from<std::uint16_t>(value, 0));
  }

  void immediate(const Attributes& of) {
    values_[number(of, NFTA_IMMEDIATE_DREG)] = value_in(at(of, NFTA_IMMEDIATE_DATA));
  }

  void to_address(std::span<const std::byte> bytes, std::size_t offset) {
    if (bytes.size() < offset + found_.to.size()) return;
    std::memcpy(found_.to.bytes.data(), bytes.data() + offset, found_.to.size());
    found_.to.length = found_.to.size() * 8;
    translates_ = true;
  }

  void nat(const Attributes& of) {
    if (number(of, NFTA_NAT_TYPE) != NFT_NAT_DNAT) return;
    to_address(values_[number(of, NFTA_NAT_REG_ADDR_MIN)], 0);
    found_.to_port = ntohs(copy_from<std::uint16_t>(values_[number(of, NFTA_NAT_REG_PROTO_MIN)], 0));
  }

  /// iptables' "-p udp --dport PORT".
  void match(const Attributes& of) {
    const nlattr* name = at(of, NFTA_MATCH_NAME);
    const nlattr* info = at(of, NFTA_MATCH_INFO);
    if (name == nullptr || info == nullptr || netlink::text_of(name) != "udp") return;
    const auto ports = copy_from<xt_udp>(netlink::bytes_of(info), 0);
    udp_ = true;
    if (ports.dpts[0] == ports.dpts[1] && ports.invflags == 0) found_.port = ports.dpts[0];
  }

  /// iptables' "-j DNAT": nf_nat_range2 (revision 2), nf_nat_range (1) or nf_nat_ipv4_multi_range_compat (0)
  /// of linux/netfilter/nf_nat.h.
  void target(const Attributes& of) {
    const nlattr* name = at(of, NFTA_TARGET_NAME);
    const nlattr* info = at(of, NFTA_TARGET_INFO);
    if (name == nullptr || info == nullptr || netlink::text_of(name) != "DNAT") return;
    const bool old = number(of, NFTA_TARGET_REV) == 0;
    const auto bytes = netlink::bytes_of(info);
    to_address(bytes, old ? 8 : 4);
    found_.to_port = ntohs(copy_from<std::uint16_t>(bytes, old ? 16 : 36));
  }

  Translation found_;
  bool translates_ = false, udp_ = false;
  std::map<std::uint32_t, Holds> holds_;                        // by register
  std::map<std::uint32_t, std::span<const std::byte>> values_;  // by register
};

}  // namespace

Result<std::vector<Translation>> read_translations(netlink::Socket& netfilter) {
  std::vector<Translation> all;
  for (const int family : {AF_INET, AF_INET6}) {
    netlink::Message m(static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE), NLM_F_DUMP);
    nfgenmsg head{};
    head.nfgen_family = static_cast<std::uint8_t>(family);
    m.header(head);
    auto done = netfilter.request(m, "read the packet filter's rules", [&](const nlmsghdr* h) {
      Reader rule(family);
      netlink::for_each_attribute(h, sizeof(nfgenmsg), [&](std::uint16_t type, const nlattr* list) {
        if (type != NFTA_RULE_EXPRESSIONS) return;
        netlink::for_each_attribute(list,
                                    [&](std::uint16_t, const nlattr* element) { rule.expression(element); });
      });
      if (auto found = rule.result()) all.push_back(*found);
    });
    if (!done && done.error().code == Exit::kPrivilege) return forward(done);
  }
  return all;
}

}  // namespace hopcost::nsglue
