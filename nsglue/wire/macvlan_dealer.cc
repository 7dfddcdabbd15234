#include "nsglue/wire/macvlan_dealer.h"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/netns.h"
#include "nsglue/kernel/links.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

constexpr auto kCarrierTimeout = std::chrono::seconds(3);
constexpr auto kCarrierPause = std::chrono::milliseconds(1);
constexpr unsigned kFeederIndex = 98;  // below a topology's devices, above those that a new namespace has

//                                  key, attribute, width, max, the kernel's default, ours
constexpr InfoField kSourceFields[] = {
    {"mode", IFLA_MACVLAN_MODE, InfoField::Width::kU32, 0, MACVLAN_MODE_VEPA, MACVLAN_MODE_SOURCE}};

/// Kind macvlan in the one mode that topologies don't have.
LinkKind source_macvlan() {
  LinkKind kind = *find_kind("macvlan");
  kind.fields = kSourceFields;
  return kind;
}

/// The feeder as a port: its frames go on to the sender, and no frame goes out by it.
Device feeder_of(const std::string& node, std::uint32_t mtu) {
  Device d;
  d.at = {node, kFeeder};
  d.kind = "macvlan";
  d.mtu = mtu;
  d.options = default_fields(kSourceFields);
  d.master = kFeederBridge;
  d.port = {{"learning", "0"}, {"unicast_flood", "0"}, {"mcast_flood", "0"}, {"bcast_flood", "0"}};
  return d;
}

/// What the kernel's refusal of a macvlan means.
Error explain_refusal(Error e, const NicFacts& nic) {
  if (e.err == EBUSY) {
    e.what = fmt::format("{} can have no macvlan: it is a port of a bridge, a bond or the like", nic.device);
    e.hint = fmt::format("ip link set {} nomaster, or name another interface", nic.device);
    e.code = Exit::kRefused;
  } else if (e.err == EINVAL) {
    e.what = fmt::format("{} can have no macvlan of mode source", nic.device);
    e.hint = "it takes Linux 3.18 or newer, an Ethernet interface, and no macvlan of mode passthru on it";
    e.code = Exit::kMissing;
  }
  return e;
}

/// `rtnetlink` is of the NIC's namespace, `home_fd` the namespace that gets the macvlan. A device with the
/// index of its lower one would wait for its carrier: see LinkPlace.
Result<unsigned> make_macvlan_feeder(netlink::Socket& rtnetlink, const NicFacts& nic, const Device& feeder,
                                     int home_fd) {
  LinkPlace place;
  place.index = nic.index == kFeederIndex ? kFeederIndex + 1 : kFeederIndex;
  place.home_fd = home_fd;
  place.lower_index = nic.index;
  auto made = create_link(rtnetlink, source_macvlan(), feeder, nullptr, place);
  if (!made) return std::unexpected(explain_refusal(std::move(made).error(), nic));
  return place.index;
}

/// Gives its index.
Result<unsigned> make_bridge(netlink::Socket& rtnetlink, const Device& feeder, int home_fd) {
  Device d;
  d.at = {feeder.at.node, kFeederBridge};
  d.kind = "bridge";
  d.mtu = feeder.mtu;
  const LinkKind& kind = *find_kind(d.kind);
  d.options = default_fields(kind.fields);
  LinkPlace place;
  place.home_fd = home_fd;
  if (auto made = create_link(rtnetlink, kind, d, nullptr, place); !made) return forward(made);
  auto links = read_links(rtnetlink);
  if (!links) return forward(links);
  return (*links)[kFeederBridge].index;
}

/// The feeder gets the frames from `from` as well.
Result<void> add_source(netlink::Socket& rtnetlink, unsigned index, const Mac& from) {
  netlink::Message m(RTM_NEWLINK, 0);
  ifinfomsg head{};
  head.ifi_index = static_cast<int>(index);
  m.header(head);
  nlattr* info = m.begin(IFLA_LINKINFO);
  m.text(IFLA_INFO_KIND, "macvlan");
  nlattr* data = m.begin(IFLA_INFO_DATA);
  m.u32(IFLA_MACVLAN_MACADDR_MODE, MACVLAN_MACADDR_ADD);
  m.bytes(IFLA_MACVLAN_MACADDR, from.data(), from.size());
  m.end(data);
  m.end(info);
  return rtnetlink.request(m, fmt::format("have a macvlan get the frames from {}", mac_text(from.data())));
}

/// A bridge lets nothing pass by a port whose carrier it does not know yet.
Result<void> wait_until_up(netlink::Socket& rtnetlink, unsigned index, const std::string& name) {
  const auto deadline = std::chrono::steady_clock::now() + kCarrierTimeout;
  for (;;) {
    auto link = read_link(rtnetlink, index);
    if (!link) return forward(link);
    if (link->state() == "up") return {};
    if (std::chrono::steady_clock::now() > deadline)
      return error(Exit::kFailure, fmt::format("{} did not come up within 3 s", name));
    std::this_thread::sleep_for(kCarrierPause);
  }
}

/// Makes both ports of a new bridge.
Result<void> join_feeder(Namespace& at, const Device& feeder, unsigned index, Device sender) {
  auto& rtnetlink = at.rtnetlink;
  auto bridge = make_bridge(rtnetlink, feeder, at.fd.get());
  if (!bridge) return forward(bridge);
  auto links = read_links(rtnetlink);
  if (!links) return forward(links);
  const LinkKind& kind = *find_kind("bridge");
  sender.master = kFeederBridge;
  sender.port = {{"learning", "0"}};
  auto done = enslave(rtnetlink, (*links)[sender.at.device].index, *bridge, kind, sender);
  if (!done) return done;
  if (done = enslave(rtnetlink, index, *bridge, kind, feeder); !done) return done;
  return set_up(rtnetlink, *bridge, kFeederBridge);
}

/// A socket for as long as which the NIC does not drop frames to `to`.
Result<Fd> listen_to(const NicFacts& nic, const Mac& to) {
  Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));  // of no protocol: it gets nothing
  if (!socket.valid()) return errno_error(errno, "open a packet socket for the wire");
  packet_mreq wanted{};
  wanted.mr_ifindex = static_cast<int>(nic.index);
  wanted.mr_type = PACKET_MR_UNICAST;
  wanted.mr_alen = static_cast<unsigned short>(to.size());
  std::ranges::copy(to, wanted.mr_address);
  if (setsockopt(socket.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &wanted, sizeof wanted) != 0)
    return errno_error(errno, fmt::format("have {} listen to {}", nic.device, mac_text(to.data())));
  return socket;
}

}  // namespace

Result<std::unique_ptr<Dealer>> MacvlanDealer::open(const NicFacts& nic) {
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  if (!rtnetlink) return forward(rtnetlink);
  auto tried = in_scratch_namespace([&]() -> Result<void> {
    auto home = open_netns("");
    if (!home) return forward(home);
    auto inside = netlink::Socket::open(NETLINK_ROUTE);
    if (!inside) return forward(inside);
    const Device feeder = feeder_of("", nic.mtu);
    if (auto made = make_macvlan_feeder(*rtnetlink, nic, feeder, home->get()); !made) return forward(made);
    auto bridge = make_bridge(*inside, feeder, home->get());
    return bridge ? Result<void>() : forward(bridge);
  });
  if (!tried) return forward(tried);
  return std::unique_ptr<Dealer>(new MacvlanDealer(nic, std::move(*rtnetlink)));
}

Result<std::string> MacvlanDealer::deal(const Topology& topology, Namespace& at, const Mac& from) {
  const std::string& to = topology.find(topology.next_hop)->mac;
  auto listening = listen_to(nic_, *parse_mac(to));
  if (!listening) return forward(listening);
  const Device feeder = feeder_of(topology.sender.node, nic_.mtu);
  auto index = make_macvlan_feeder(rtnetlink_, nic_, feeder, at.fd.get());
  if (!index) return forward(index);
  if (auto done = add_source(at.rtnetlink, *index, from); !done) return forward(done);
  if (auto done = set_up(at.rtnetlink, *index, kFeeder); !done) return forward(done);
  if (auto done = wait_until_up(at.rtnetlink, *index, kFeeder); !done) return forward(done);
  if (auto done = join_feeder(at, feeder, *index, *topology.find(topology.sender)); !done)
    return forward(done);
  listening_[from] = std::move(*listening);
  return to;
}

void MacvlanDealer::withhold(const Mac& from) noexcept {
  listening_.erase(from);
}

}  // namespace hopcost::nsglue
