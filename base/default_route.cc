#include "base/default_route.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/netlink/socket.h"

namespace hopcost {
namespace {

/// "veth", "vlan", ...; empty for hardware.
std::string kind_of(const nlattr* link_info) {
  std::string kind;
  netlink::for_each_attribute(link_info, [&](std::uint16_t type, const nlattr* a) {
    if (type == IFLA_INFO_KIND) kind = netlink::text_of(a);
  });
  return kind;
}

RoutedLink link_from(const nlmsghdr* h) {
  RoutedLink link{.index = static_cast<unsigned>(netlink::fixed_header<ifinfomsg>(h)->ifi_index)};
  bool elsewhere = false;  // the device under it is in another namespace
  std::string kind;
  netlink::for_each_attribute(h, sizeof(ifinfomsg), [&](std::uint16_t type, const nlattr* a) {
    if (type == IFLA_IFNAME) link.name = netlink::text_of(a);
    if (type == IFLA_MASTER) link.master = netlink::number_of<std::uint32_t>(a);
    if (type == IFLA_LINK) link.on = netlink::number_of<std::uint32_t>(a);
    if (type == IFLA_LINK_NETNSID) elsewhere = true;
    if (type == IFLA_LINKINFO) kind = kind_of(a);
  });
  // IFLA_LINK names a veth's other end, which is not under it; some devices name themselves.
  if (elsewhere || kind == "veth" || link.on == link.index) link.on = 0;
  return link;
}

/// The devices of a multipath route's next hops: a list of rtnexthop, each followed by attributes.
std::vector<unsigned> devices_of_hops(const nlattr* multipath) {
  std::vector<unsigned> devices;
  for (auto rest = netlink::bytes_of(multipath); rest.size() >= sizeof(rtnexthop);) {
    rtnexthop hop;
    std::memcpy(&hop, rest.data(), sizeof hop);
    if (hop.rtnh_len < sizeof hop) break;
    devices.push_back(static_cast<unsigned>(hop.rtnh_ifindex));
    rest = rest.subspan(std::min<std::size_t>(netlink::aligned(hop.rtnh_len), rest.size()));
  }
  return devices;
}

/// The devices of a default route; none for any other route.
std::vector<unsigned> devices_of_default(const nlmsghdr* h) {
  const auto* route = netlink::fixed_header<rtmsg>(h);
  if (route->rtm_dst_len != 0 || route->rtm_type != RTN_UNICAST) return {};
  std::vector<unsigned> devices;
  netlink::for_each_attribute(h, sizeof(rtmsg), [&](std::uint16_t type, const nlattr* a) {
    if (type == RTA_OIF) devices.push_back(netlink::number_of<std::uint32_t>(a));
    if (type != RTA_MULTIPATH) return;
    const auto hops = devices_of_hops(a);
    devices.insert(devices.end(), hops.begin(), hops.end());
  });
  return devices;
}

}  // namespace

std::optional<std::string> default_route_above(std::string_view device,
                                               const std::vector<RoutedLink>& links) {
  std::vector<unsigned> above;  // grows during the loop
  for (const auto& l : links)
    if (l.name == device) above.push_back(l.index);
  const auto add = [&](unsigned index) {
    if (index != 0 && std::ranges::find(above, index) == above.end()) above.push_back(index);
  };
  for (std::size_t i = 0; i < above.size(); ++i) {
    for (const auto& l : links) {
      if (l.index == above[i] && l.defaults) return l.name;
      if (l.index == above[i]) add(l.master);
      if (l.on == above[i]) add(l.index);
    }
  }
  return std::nullopt;
}

Result<std::vector<RoutedLink>> read_routed_links() {
  auto socket = netlink::Socket::open(NETLINK_ROUTE);
  if (!socket) return forward(socket);
  std::vector<RoutedLink> links;
  netlink::Message all(RTM_GETLINK, NLM_F_DUMP);
  all.header(ifinfomsg{});
  auto read =
      socket->request(all, "read the devices", [&](const nlmsghdr* h) { links.push_back(link_from(h)); });
  if (!read) return forward(read);
  for (const int family : {AF_INET, AF_INET6}) {
    netlink::Message routes(RTM_GETROUTE, NLM_F_DUMP);
    rtmsg head{};
    head.rtm_family = static_cast<unsigned char>(family);
    routes.header(head);
    read = socket->request(routes, "read the routes", [&](const nlmsghdr* h) {
      for (const unsigned index : devices_of_default(h))
        for (auto& l : links) l.defaults |= l.index == index;
    });
    if (!read) return forward(read);
  }
  return links;
}

}  // namespace hopcost
