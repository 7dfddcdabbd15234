#include "nsglue/wire/nic_facts.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/if.h>
#include <netdb.h>

#include "base/default_route.h"
#include "base/netns.h"
#include "base/text.h"
#include "nsglue/kernel/links.h"

namespace hopcost::nsglue {
namespace {

/// The device of this namespace that has the address; empty when none has.
std::string device_with(const std::string& address) {
  ifaddrs* all = nullptr;
  if (address.empty() || getifaddrs(&all) != 0) return {};
  std::string device;
  for (const ifaddrs* a = all; a != nullptr; a = a->ifa_next) {
    if (a->ifa_addr == nullptr || (a->ifa_addr->sa_family != AF_INET && a->ifa_addr->sa_family != AF_INET6))
      continue;
    const auto length = a->ifa_addr->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    char text[NI_MAXHOST] = {};
    if (getnameinfo(a->ifa_addr, static_cast<socklen_t>(length), text, sizeof text, nullptr, 0,
                    NI_NUMERICHOST) == 0 &&
        address == text)
      device = a->ifa_name;
  }
  freeifaddrs(all);
  return device;
}

/// Refuses a device that carries the user's connection to this host: the default route or the ssh session.
Result<void> refuse_lifeline(const std::string& device, const std::string& session) {
  auto links = read_routed_links();
  if (!links) return forward(links);
  const char* hint = "name an interface that carries test traffic alone";
  if (const auto above = default_route_above(device, *links))
    return error(
        Exit::kRefused,
        fmt::format("{} carries the default route{}", device, *above == device ? "" : ", through " + *above),
        hint);
  const auto words = split(session, ' ');  // CLIENT PORT SERVER PORT
  const std::string own = device_with(words.size() == 4 ? words[2] : "");
  for (RoutedLink& l : *links) l.defaults = !own.empty() && l.name == own;
  if (default_route_above(device, *links))
    return error(Exit::kRefused, fmt::format("{} carries the ssh session", device), hint);
  return {};
}

}  // namespace

Result<NicFacts> look_at_nic(const std::string& device, const std::string& session) {
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  if (!rtnetlink) return forward(rtnetlink);
  auto index = interface_index(device);
  if (!index) return forward(index);
  auto link = read_link(*rtnetlink, *index);
  if (!link) return forward(link);
  if (auto ok = refuse_lifeline(device, session); !ok) return forward(ok);
  const LinkState& l = *link;
  if ((l.flags & IFF_UP) == 0)
    return error(Exit::kMissing, fmt::format("{} is down", device), fmt::format("ip link set {} up", device));
  if ((l.flags & IFF_LOWER_UP) == 0)
    return error(Exit::kMissing, fmt::format("{} has no carrier", device),
                 "is the cable in, and the other end up?");
  return NicFacts{device, l.mac, *index, l.mtu, l.tx_queues, l.rx_queues};
}

}  // namespace hopcost::nsglue
