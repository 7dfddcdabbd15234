#include "nsglue/kernel/ip_entries.h"

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace hopcost::nsglue {
namespace {

Prefix prefix_from(int family, unsigned length, const nlattr* a) {
  Prefix p;
  p.family = family;
  p.length = length;
  const auto bytes = netlink::bytes_of(a);
  std::memcpy(p.bytes.data(), bytes.data(), std::min<std::size_t>(bytes.size(), p.size()));
  return p;
}

ndmsg neighbour_header(int family, unsigned index, std::uint16_t state, std::uint8_t flags) {
  ndmsg n{};
  n.ndm_family = static_cast<std::uint8_t>(family);
  n.ndm_ifindex = static_cast<int>(index);
  n.ndm_state = state;
  n.ndm_flags = flags;
  return n;
}

}  // namespace

Result<void> add_address(netlink::Socket& rtnetlink, unsigned index, const Prefix& address,
                         const std::string& device) {
  netlink::Message m(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  ifaddrmsg head{};
  head.ifa_family = static_cast<std::uint8_t>(address.family);
  head.ifa_prefixlen = static_cast<std::uint8_t>(address.length);
  head.ifa_flags = address.family == AF_INET6 ? IFA_F_NODAD : 0;
  head.ifa_index = index;
  m.header(head);
  m.bytes(IFA_LOCAL, address.bytes.data(), address.size());
  m.bytes(IFA_ADDRESS, address.bytes.data(), address.size());
  return rtnetlink.request(m, fmt::format("add address {} to {}", prefix_text(address), device));
}

Result<void> add_route(netlink::Socket& rtnetlink, const RouteEntry& route) {
  netlink::Message m(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  rtmsg head{};
  head.rtm_family = static_cast<std::uint8_t>(route.to.family);
  head.rtm_dst_len = static_cast<std::uint8_t>(route.to.length);
  head.rtm_table = RT_TABLE_MAIN;
  head.rtm_protocol = RTPROT_STATIC;
  head.rtm_scope = route.via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  head.rtm_type = RTN_UNICAST;
  m.header(head);
  if (route.to.length > 0) m.bytes(RTA_DST, route.to.bytes.data(), route.to.size());
  if (route.via) m.bytes(RTA_GATEWAY, route.via->bytes.data(), route.via->size());
  if (route.index != 0) m.u32(RTA_OIF, route.index);
  const std::string via =
      route.via ? fmt::format(" via {}", address_text(route.via->family, route.via->bytes.data())) : "";
  return rtnetlink.request(m, fmt::format("add route {}{}", prefix_text(route.to), via));
}

Result<void> add_neighbour(netlink::Socket& rtnetlink, unsigned index, const Prefix& ip, const Mac& mac) {
  netlink::Message m(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  m.header(neighbour_header(ip.family, index, NUD_PERMANENT, 0));
  m.bytes(NDA_DST, ip.bytes.data(), ip.size());
  m.bytes(NDA_LLADDR, mac.data(), mac.size());
  return rtnetlink.request(m, fmt::format("add neighbour {}", address_text(ip.family, ip.bytes.data())));
}

Result<void> add_fdb(netlink::Socket& rtnetlink, unsigned port_index, const Mac& mac) {
  netlink::Message m(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  // With NUD_PERMANENT it would be an address of the bridge itself (net/bridge/br_fdb.c, fdb_add_entry()).
  m.header(neighbour_header(AF_BRIDGE, port_index, NUD_NOARP | NUD_REACHABLE, NTF_MASTER));
  m.bytes(NDA_LLADDR, mac.data(), mac.size());
  return rtnetlink.request(m, fmt::format("add forwarding entry {}", mac_text(mac.data())));
}

std::string address_key(unsigned index, const Prefix& address) {
  return fmt::format("{} {}", index, prefix_text(address));
}

Result<std::set<std::string>> read_addresses(netlink::Socket& rtnetlink) {
  netlink::Message m(RTM_GETADDR, NLM_F_DUMP);
  m.header(ifaddrmsg{});
  std::set<std::string> all;
  auto done = rtnetlink.request(m, "read the addresses", [&](const nlmsghdr* h) {
    const auto* head = netlink::fixed_header<ifaddrmsg>(h);
    const nlattr* own = nullptr;
    netlink::for_each_attribute(h, sizeof(ifaddrmsg), [&](std::uint16_t type, const nlattr* a) {
      if (type == IFA_LOCAL || (type == IFA_ADDRESS && own == nullptr)) own = a;
    });
    if (own != nullptr)
      all.insert(address_key(head->ifa_index, prefix_from(head->ifa_family, head->ifa_prefixlen, own)));
  });
  if (!done) return forward(done);
  return all;
}

Result<std::vector<RouteEntry>> read_routes(netlink::Socket& rtnetlink) {
  std::vector<RouteEntry> all;
  for (const int family : {AF_INET, AF_INET6}) {
    netlink::Message m(RTM_GETROUTE, NLM_F_DUMP);
    rtmsg wanted{};
    wanted.rtm_family = static_cast<std::uint8_t>(family);
    m.header(wanted);
    auto done = rtnetlink.request(m, "read the routes", [&](const nlmsghdr* h) {
      const auto* head = netlink::fixed_header<rtmsg>(h);
      if (head->rtm_table != RT_TABLE_MAIN || head->rtm_type != RTN_UNICAST) return;
      RouteEntry r;
      r.to.family = family;
      netlink::for_each_attribute(h, sizeof(rtmsg), [&](std::uint16_t type, const nlattr* a) {
        if (type == RTA_DST) r.to = prefix_from(family, head->rtm_dst_len, a);
        if (type == RTA_GATEWAY) r.via = prefix_from(family, family == AF_INET ? 32 : 128, a);
        if (type == RTA_OIF) r.index = netlink::number_of<std::uint32_t>(a);
      });
      all.push_back(r);
    });
    if (!done) return forward(done);
  }
  return all;
}

Result<std::vector<NeighbourEntry>> read_neighbours(netlink::Socket& rtnetlink) {
  netlink::Message m(RTM_GETNEIGH, NLM_F_DUMP);
  m.header(ndmsg{});
  std::vector<NeighbourEntry> all;
  auto done = rtnetlink.request(m, "read the neighbours", [&](const nlmsghdr* h) {
    const auto* head = netlink::fixed_header<ndmsg>(h);
    NeighbourEntry n;
    n.index = static_cast<unsigned>(head->ndm_ifindex);
    n.permanent = (head->ndm_state & NUD_PERMANENT) != 0;
    netlink::for_each_attribute(h, sizeof(ndmsg), [&](std::uint16_t type, const nlattr* a) {
      if (type == NDA_DST) n.ip = prefix_from(head->ndm_family, head->ndm_family == AF_INET ? 32 : 128, a);
      if (type == NDA_LLADDR && netlink::bytes_of(a).size() == 6) {
        n.mac = mac_text(reinterpret_cast<const std::uint8_t*>(netlink::bytes_of(a).data()));
      }
    });
    all.push_back(n);
  });
  if (!done) return forward(done);
  return all;
}

Result<std::vector<FdbEntry>> read_fdb(netlink::Socket& rtnetlink) {
  netlink::Message m(RTM_GETNEIGH, NLM_F_DUMP);
  m.header(neighbour_header(AF_BRIDGE, 0, 0, 0));
  std::vector<FdbEntry> all;
  auto done = rtnetlink.request(m, "read the bridges' forwarding entries", [&](const nlmsghdr* h) {
    const auto* head = netlink::fixed_header<ndmsg>(h);
    FdbEntry e{static_cast<unsigned>(head->ndm_ifindex), {}, (head->ndm_state & NUD_NOARP) != 0};
    netlink::for_each_attribute(h, sizeof(ndmsg), [&](std::uint16_t type, const nlattr* a) {
      if (type == NDA_LLADDR && netlink::bytes_of(a).size() == 6) {
        e.mac = mac_text(reinterpret_cast<const std::uint8_t*>(netlink::bytes_of(a).data()));
      }
    });
    all.push_back(e);
  });
  if (!done) return forward(done);
  return all;
}

}  // namespace hopcost::nsglue
