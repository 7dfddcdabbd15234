#include "pktgen/io/af_xdp/xsk_features.h"

#include "base/netlink/generic.h"
#include "pktgen/io/af_xdp/newer_kernel.h"

namespace hopcost::pktgen {

std::optional<std::uint64_t> xsk_features(unsigned ifindex) {
  auto socket = netlink::Socket::open(NETLINK_GENERIC);
  if (!socket) return std::nullopt;
  const auto family = netlink::find_family(*socket, NETDEV_FAMILY_NAME);
  if (!family) return std::nullopt;
  netlink::Message question(*family, 0);
  question.header(netlink::generic_header(NETDEV_CMD_DEV_GET));
  question.u32(NETDEV_A_DEV_IFINDEX, ifindex);
  std::optional<std::uint64_t> features;
  auto answered = socket->request(question, "ask for a device's AF_XDP features", [&](const nlmsghdr* h) {
    netlink::for_each_attribute(h, GENL_HDRLEN, [&](std::uint16_t type, const nlattr* a) {
      if (type == NETDEV_A_DEV_XSK_FEATURES) features = netlink::number_of<std::uint64_t>(a);
    });
  });
  return answered ? features : std::nullopt;
}

}  // namespace hopcost::pktgen
