// Reads links back from the kernel.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "nsglue/kernel/links.h"
#include "nsglue/topology/address.h"

namespace hopcost::nsglue {
namespace {

std::uint32_t number(InfoField::Width width, const nlattr* a) {
  switch (width) {
    case InfoField::Width::kU8:
      return netlink::number_of<std::uint8_t>(a);
    case InfoField::Width::kU16:
      return netlink::number_of<std::uint16_t>(a);
    case InfoField::Width::kU16Network:
      return ntohs(netlink::number_of<std::uint16_t>(a));
    case InfoField::Width::kIpv4:
      return ntohl(netlink::number_of<std::uint32_t>(a));
    case InfoField::Width::kU32:
      break;
  }
  return netlink::number_of<std::uint32_t>(a);
}

void read_fields(std::span<const InfoField> fields, const nlattr* nest,
                 std::map<std::string, std::string>& values) {
  netlink::for_each_attribute(nest, [&](std::uint16_t type, const nlattr* a) {
    for (const InfoField& f : fields) {
      if (f.attribute == type) values[f.key] = field_text(f, number(f.width, a));
    }
  });
}

void read_info(const nlattr* info, LinkState& s) {
  const nlattr* data = nullptr;
  const nlattr* port_data = nullptr;
  netlink::for_each_attribute(info, [&](std::uint16_t type, const nlattr* a) {
    if (type == IFLA_INFO_KIND) s.kind = netlink::text_of(a);
    if (type == IFLA_INFO_SLAVE_KIND) s.port_kind = netlink::text_of(a);
    if (type == IFLA_INFO_DATA) data = a;
    if (type == IFLA_INFO_SLAVE_DATA) port_data = a;
  });
  const LinkKind* kind = find_kind(s.kind);
  if (kind != nullptr && data != nullptr) read_fields(kind->fields, data, s.options);
  const LinkKind* master = find_kind(s.port_kind);
  if (master != nullptr && port_data != nullptr) read_fields(master->port_fields, port_data, s.port);
}

bool read_xdp(const nlattr* xdp) {
  bool attached = false;
  netlink::for_each_attribute(xdp, [&](std::uint16_t type, const nlattr* a) {
    if (type == IFLA_XDP_ATTACHED) attached = netlink::number_of<std::uint8_t>(a) != XDP_ATTACHED_NONE;
  });
  return attached;
}

/// Where a 32-bit attribute is stored; null for other attributes.
std::uint32_t* number_of_state(std::uint16_t type, LinkState& s) {
  switch (type) {
    case IFLA_MTU:
      return &s.mtu;
    case IFLA_TXQLEN:
      return &s.txqueuelen;
    case IFLA_MASTER:
      return &s.master_index;
    case IFLA_LINK:
      return &s.lower_index;
    case IFLA_PROMISCUITY:
      return &s.promiscuity;
    case IFLA_NUM_TX_QUEUES:
      return &s.tx_queues;
    case IFLA_NUM_RX_QUEUES:
      return &s.rx_queues;
    default:
      return nullptr;
  }
}

void read_attribute(std::uint16_t type, const nlattr* a, LinkState& s) {
  if (std::uint32_t* number = number_of_state(type, s)) *number = netlink::number_of<std::uint32_t>(a);
  if (type == IFLA_IFNAME) s.name = netlink::text_of(a);
  if (type == IFLA_QDISC) s.qdisc = netlink::text_of(a);
  if (type == IFLA_OPERSTATE) s.operstate = netlink::number_of<std::uint8_t>(a);
  if (type == IFLA_LINK_NETNSID) s.lower_netnsid = netlink::number_of<std::int32_t>(a);
  if (type == IFLA_LINKINFO) read_info(a, s);
  if (type == IFLA_XDP) s.xdp = read_xdp(a);
  if (type == IFLA_ADDRESS && netlink::bytes_of(a).size() == 6)
    s.mac = mac_text(reinterpret_cast<const std::uint8_t*>(netlink::bytes_of(a).data()));
}

LinkState link_of(const nlmsghdr* h) {
  LinkState s;
  const auto* info = netlink::fixed_header<ifinfomsg>(h);
  s.index = static_cast<unsigned>(info->ifi_index);
  s.flags = info->ifi_flags;
  netlink::for_each_attribute(h, sizeof(ifinfomsg),
                              [&](std::uint16_t type, const nlattr* a) { read_attribute(type, a, s); });
  return s;
}

}  // namespace

std::string LinkState::state() const {
  constexpr const char* kNames[] = {"unknown", "notpresent", "down", "lowerlayerdown",
                                    "testing", "dormant",    "up"};
  if ((flags & IFF_UP) == 0) return "down";
  const LinkKind* known = find_kind(kind);
  const bool by_carrier = known != nullptr && (known->has_ports || known->stateless);
  if (by_carrier) return (flags & IFF_LOWER_UP) != 0 ? "up" : "no carrier";
  return operstate < std::size(kNames) ? kNames[operstate] : "other";
}

Result<std::map<std::string, LinkState>> read_links(netlink::Socket& rtnetlink) {
  netlink::Message m(RTM_GETLINK, NLM_F_DUMP);
  ifinfomsg head{};
  head.ifi_family = AF_UNSPEC;
  m.header(head);
  std::map<std::string, LinkState> links;
  auto done = rtnetlink.request(m, "read the links", [&](const nlmsghdr* h) {
    LinkState s = link_of(h);
    links.emplace(s.name, std::move(s));
  });
  if (!done) return forward(done);
  return links;
}

Result<LinkState> read_link(netlink::Socket& rtnetlink, unsigned index) {
  netlink::Message m(RTM_GETLINK, 0);
  ifinfomsg head{};
  head.ifi_family = AF_UNSPEC;
  head.ifi_index = static_cast<int>(index);
  m.header(head);
  LinkState link;
  auto done = rtnetlink.request(m, fmt::format("read device {}", index),
                                [&](const nlmsghdr* h) { link = link_of(h); });
  if (!done) return forward(done);
  return link;
}

}  // namespace hopcost::nsglue
