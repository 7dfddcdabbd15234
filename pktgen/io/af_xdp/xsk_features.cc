#include "pktgen/io/af_xdp/xsk_features.h"

#include <linux/genetlink.h>

#include "base/netlink/socket.h"
#include "pktgen/io/af_xdp/newer_kernel.h"

namespace hopcost::pktgen {
namespace {

/// The attribute `wanted` of the answer. Nothing when the kernel refuses, or answers without it.
template <class Number>
std::optional<Number> ask(netlink::Socket& socket, netlink::Message& question, std::uint16_t wanted) {
  std::optional<Number> number;
  auto answered = socket.request(question, "ask for a device's AF_XDP features", [&](const nlmsghdr* h) {
    netlink::for_each_attribute(h, GENL_HDRLEN, [&](std::uint16_t type, const nlattr* a) {
      if (type == wanted) number = netlink::number_of<Number>(a);
    });
  });
  return answered ? number : std::nullopt;
}

std::optional<std::uint16_t> netdev_family(netlink::Socket& socket) {
  netlink::Message question(GENL_ID_CTRL, 0);
  question.header(genlmsghdr{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0});
  question.text(CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY_NAME);
  return ask<std::uint16_t>(socket, question, CTRL_ATTR_FAMILY_ID);
}

}  // namespace

std::optional<std::uint64_t> xsk_features(unsigned ifindex) {
  auto socket = netlink::Socket::open(NETLINK_GENERIC);
  if (!socket) return std::nullopt;
  const auto family = netdev_family(*socket);
  if (!family) return std::nullopt;
  netlink::Message question(*family, 0);
  question.header(genlmsghdr{.cmd = NETDEV_CMD_DEV_GET, .version = 1, .reserved = 0});
  question.u32(NETDEV_A_DEV_IFINDEX, ifindex);
  return ask<std::uint64_t>(*socket, question, NETDEV_A_DEV_XSK_FEATURES);
}

}  // namespace hopcost::pktgen
