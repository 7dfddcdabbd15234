#include "pktgen/io/veth_peer.h"

#include <fmt/format.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <filesystem>
#include <system_error>

#include "base/netlink/socket.h"
#include "base/netns.h"

namespace hopcost::pktgen {
namespace {

struct Link {
  std::string name, kind;
  std::uint32_t mtu = 0, other_end = 0;
  std::optional<std::uint32_t> other_netns;  ///< The kernel's id of that namespace, as seen from here.
};

/// Reads a device of this namespace, or of the one with that id.
std::optional<Link> read_link(netlink::Socket& socket, unsigned index, std::optional<std::uint32_t> netns) {
  netlink::Message question(RTM_GETLINK, 0);
  ifinfomsg head{};
  head.ifi_index = static_cast<int>(index);
  question.header(head);
  if (netns) question.u32(IFLA_TARGET_NETNSID, *netns);
  Link link;
  const auto read = socket.request(question, "read a device", [&](const nlmsghdr* h) {
    netlink::for_each_attribute(h, sizeof(ifinfomsg), [&](std::uint16_t type, const nlattr* a) {
      if (type == IFLA_IFNAME) link.name = netlink::text_of(a);
      if (type == IFLA_MTU) link.mtu = netlink::number_of<std::uint32_t>(a);
      if (type == IFLA_LINK) link.other_end = netlink::number_of<std::uint32_t>(a);
      if (type == IFLA_LINK_NETNSID) link.other_netns = netlink::number_of<std::uint32_t>(a);
      if (type != IFLA_LINKINFO) return;
      netlink::for_each_attribute(a, [&](std::uint16_t inner, const nlattr* i) {
        if (inner == IFLA_INFO_KIND) link.kind = netlink::text_of(i);
      });
    });
  });
  return read && !link.name.empty() ? std::optional(link) : std::nullopt;
}

bool has_number(netlink::Socket& socket, const std::string& netns, std::uint32_t number) {
  const auto file = open_netns(netns);
  if (!file) return false;
  netlink::Message question(RTM_GETNSID, 0);
  question.header(rtgenmsg{});
  question.u32(NETNSA_FD, static_cast<std::uint32_t>(file->get()));
  bool same = false;
  const auto asked = socket.request(question, "ask for a namespace's number", [&](const nlmsghdr* h) {
    netlink::for_each_attribute(h, sizeof(rtgenmsg), [&](std::uint16_t type, const nlattr* a) {
      same |= type == NETNSA_NSID && netlink::number_of<std::uint32_t>(a) == number;
    });
  });
  return asked && same;
}

std::string name_of_netns(netlink::Socket& socket, std::uint32_t number) {
  std::error_code none;
  for (const auto& file : std::filesystem::directory_iterator(kNetnsDir, none))
    if (has_number(socket, file.path().filename(), number)) return file.path().filename();
  return {};
}

}  // namespace

std::string VethPeer::where() const {
  if (!elsewhere) return name;
  return netns.empty() ? name + " in another namespace" : fmt::format("{} in namespace {}", name, netns);
}

std::string VethPeer::set_up() const {
  const std::string command =
      fmt::format("ip {}link set {} up", netns.empty() ? "" : "-n " + netns + " ", name);
  return elsewhere && netns.empty() ? command + ", in that namespace" : command;
}

std::optional<VethPeer> veth_peer(unsigned ifindex) {
  auto socket = netlink::Socket::open(NETLINK_ROUTE);
  if (!socket) return std::nullopt;
  const auto here = read_link(*socket, ifindex, std::nullopt);
  if (!here || here->kind != "veth" || here->other_end == 0) return std::nullopt;
  const auto peer = read_link(*socket, here->other_end, here->other_netns);
  if (!peer) return std::nullopt;
  return VethPeer{.name = peer->name,
                  .netns = here->other_netns ? name_of_netns(*socket, *here->other_netns) : "",
                  .elsewhere = here->other_netns.has_value(),
                  .mtu = peer->mtu};
}

}  // namespace hopcost::pktgen
