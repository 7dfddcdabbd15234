// Netlink messages byte for byte, and the real kernel's refusals.
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "base/netlink/socket.h"

namespace hopcost::netlink {
namespace {

TEST(NetlinkMessage, BytesAreThoseOfTheKernelsHeaders) {
  Message m(RTM_NEWLINK, NLM_F_CREATE);
  ifinfomsg head{};
  head.ifi_index = 7;
  m.header(head);
  m.u32(IFLA_MTU, 1400);
  m.text(IFLA_IFNAME, "t0");
  const nlmsghdr* h = m.get();
  EXPECT_EQ(h->nlmsg_type, RTM_NEWLINK);
  EXPECT_EQ(h->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE);
  EXPECT_EQ(h->nlmsg_len, 16u + 16u + 8u + 8u);
  const auto* bytes = reinterpret_cast<const char*>(h);
  const std::uint16_t mtu[2] = {8, IFLA_MTU};
  EXPECT_EQ(std::memcmp(bytes + 32, mtu, 4), 0);
  const std::uint16_t name[2] = {4 + 3, IFLA_IFNAME};  // the zero counts, the padding does not
  EXPECT_EQ(std::memcmp(bytes + 40, name, 4), 0);
  EXPECT_STREQ(bytes + 44, "t0");
}

TEST(NetlinkMessage, NestsAndRawHeadersAddUp) {
  Message m(RTM_NEWLINK, 0);
  m.header(ifinfomsg{});
  nlattr* outer = m.begin(IFLA_LINKINFO);
  nlattr* inner = m.begin(1);
  const ifinfomsg peer{};
  m.header(peer);
  m.u32(IFLA_MTU, 68);
  m.end(inner);
  m.end(outer);
  EXPECT_EQ(inner->nla_len, 4 + 16 + 8);
  EXPECT_EQ(outer->nla_len, 4 + inner->nla_len);
}

TEST(NetlinkMessage, AttributesAreReadBack) {
  Message m(RTM_NEWLINK, 0);
  m.header(ifinfomsg{});
  m.u32(IFLA_MTU, 1400);
  nlattr* nest = m.begin(IFLA_LINKINFO);
  m.text(IFLA_INFO_KIND, "veth");
  m.end(nest);
  std::uint32_t mtu = 0;
  std::string kind;
  for_each_attribute(m.get(), sizeof(ifinfomsg), [&](std::uint16_t type, const nlattr* a) {
    if (type == IFLA_MTU) mtu = number_of<std::uint32_t>(a);
    if (type == IFLA_LINKINFO) {
      for_each_attribute(a, [&](std::uint16_t, const nlattr* b) { kind = text_of(b); });
    }
  });
  EXPECT_EQ(mtu, 1400u);
  EXPECT_EQ(kind, "veth");
}

TEST(NetlinkSocket, TheKernelsOwnWordsAreTold) {
  auto socket = Socket::open(NETLINK_ROUTE);
  ASSERT_TRUE(socket);
  Message m(RTM_GETLINK, 0);
  ifinfomsg head{};
  head.ifi_index = 1'000'000;
  m.header(head);
  const auto refused = socket->request(m, "read a link");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().err, ENODEV);
  EXPECT_TRUE(refused.error().what.starts_with("read a link")) << refused.error().what;
}

/// A dump that the kernel refuses ends in NLMSG_DONE with an errno, and without NLMSG_ERROR.
TEST(NetlinkSocket, ARefusedDumpIsAnErrorAndNotAnEmptyTable) {
  auto socket = Socket::open(NETLINK_ROUTE);
  ASSERT_TRUE(socket);
  Message m(RTM_GETROUTE, NLM_F_DUMP);
  rtmsg head{};
  head.rtm_family = AF_INET;
  m.header(head);
  m.u32(RTA_TABLE, 0x7ffffff0);  // nobody has made it
  int routes = 0;
  const auto refused = socket->request(m, "read a table's routes", [&](const nlmsghdr*) { ++routes; });
  EXPECT_EQ(routes, 0);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().what.starts_with("read a table's routes")) << refused.error().what;
  // qemu-user leaves what NLMSG_DONE holds in the host's byte order.
  if (std::endian::native == std::endian::big) return;
  EXPECT_EQ(refused.error().err, ENOENT);
}

}  // namespace
}  // namespace hopcost::netlink
