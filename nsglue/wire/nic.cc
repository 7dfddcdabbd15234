#include "nsglue/wire/nic.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

#include "base/default_route.h"
#include "base/log.h"
#include "base/netns.h"
#include "base/text.h"
#include "nsglue/check/compare.h"
#include "nsglue/kernel/links.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/kernel/redirect.h"
#include "nsglue/topology/address.h"
#include "nsglue/topology/names.h"

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

Device veth_end(DeviceRef at, std::uint32_t mtu) {
  Device d;
  d.at = std::move(at);
  d.kind = "veth";
  d.mtu = mtu;
  return d;
}

/// Makes a veth pair whose inner end is beside the topology's sender. Gives the outer end's index in this
/// namespace.
Result<unsigned> make_feeder(Namespace& at, const DeviceRef& sender, std::uint32_t mtu) {
  auto here = open_netns("");
  if (!here) return forward(here);
  const Device inner = veth_end({sender.node, kFeeder}, mtu), outer = veth_end({"", "hcwire%d"}, mtu);
  LinkPlace place;
  place.home_fd = at.fd.get();
  place.peer_fd = here->get();
  if (auto done = create_link(at.rtnetlink, *find_kind("veth"), inner, &outer, place); !done)
    return forward(done);
  auto links = read_links(at.rtnetlink);
  if (!links) return forward(links);
  const LinkState& feeder = (*links)[kFeeder];
  if (auto done = set_up(at.rtnetlink, feeder.index, kFeeder); !done) return forward(done);
  const Redirect onwards{.at = inner.at, .to = sender, .hook = "tc", .how = "device"};
  auto done = attach_redirect(at.rtnetlink, onwards, feeder.index, (*links)[sender.device].index);
  if (!done) return forward(done);
  return feeder.lower_index;
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
  return NicFacts{device, l.mac, l.mtu, l.tx_queues, l.rx_queues};
}

Result<DealingNic> DealingNic::open(const std::string& device, const std::string& session) {
  auto facts = look_at_nic(device, session);
  if (!facts) return forward(facts);
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  if (!rtnetlink) return forward(rtnetlink);
  DealingNic nic(std::move(*facts), std::move(*rtnetlink));
  if (auto done = nic.attach(); !done) return forward(done);
  return nic;
}

Result<void> DealingNic::attach() {
  auto index = interface_index(facts_.device);
  if (!index) return forward(index);
  index_ = *index;
  if (auto done = remove_dealer_filter(rtnetlink_, index_); !done) return done;
  auto table = make_deal_table();
  if (!table) return forward(table);
  map_ = std::move(*table);
  auto program = load_dealer(map_);
  if (!program) return forward(program);
  program_ = std::move(*program);
  run_ = static_cast<std::uint16_t>(std::random_device{}());
  auto link = link_dealer(program_, index_);
  if (!link) return forward(link);
  link_ = std::move(*link);
  if (link_.valid()) return {};
  return filter_dealer(rtnetlink_, program_, index_);
}

DealingNic::~DealingNic() {
  if (!program_.valid() || link_.valid()) return;  // moved from, or the program goes with the link
  if (auto done = remove_dealer_filter(rtnetlink_, index_); !done) log_error("{}", describe(done.error()));
}

Result<WireAddresses> DealingNic::deal(const Topology& topology, const std::string& instance) {
  auto at = open_namespace(topology.namespace_of(instance, topology.sender.node));
  if (!at) return forward(at);
  auto outer = make_feeder(*at, topology.sender, facts_.mtu);
  if (!outer) return forward(outer);
  Dealt dealt{.outer_index = *outer};
  const auto to = parse_mac(topology.find(topology.next_hop)->mac),
             from = parse_mac(topology.find(topology.sender)->mac);
  if (!to || !from)
    return error(Exit::kUsage, fmt::format("{} has no Ethernet on its wire", topology.name),
                 "a NIC can't play its wire: leave it out of --modes");
  std::copy(to->begin(), to->end(), dealt.addresses.begin());
  std::copy(from->begin(), from->end(), dealt.addresses.begin() + ETH_ALEN);
  // Locally administered: 02, "hc", the run, the instance.
  const DealKey key = {
      0x02, 0x68, 0x63, static_cast<std::uint8_t>(run_ >> 8), static_cast<std::uint8_t>(run_), next_++};
  if (auto done = put_dealt(map_, key, dealt); !done) return forward(done);
  dealt_[instance] = key;
  return WireAddresses{mac_text(key.data()), facts_.mac};
}

void DealingNic::withhold(const std::string& instance) noexcept {
  const auto it = dealt_.find(instance);
  if (it == dealt_.end()) return;
  remove_dealt(map_, it->second);
  dealt_.erase(it);
}

}  // namespace hopcost::nsglue
