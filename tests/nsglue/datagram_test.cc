// A real datagram of each family goes all the way and back, and nothing else is asked on the wire.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>

#include "base/fd.h"
#include "base/netns.h"
#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

constexpr std::uint16_t kPort = 9;

/// A socket made in a namespace; it stays there.
Fd socket_in(const std::string& netns, int family, int type, int protocol) {
  auto inside = NetnsScope::enter(netns);
  EXPECT_TRUE(inside);
  return Fd(::socket(family, type | SOCK_CLOEXEC, protocol));
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address address(int family, const std::string& ip, std::uint16_t port) {
  Address a;
  if (family == AF_INET) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&a.storage);
    *v4 = {};
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    EXPECT_EQ(inet_pton(family, ip.c_str(), &v4->sin_addr), 1);
    a.size = sizeof *v4;
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&a.storage);
    *v6 = {};
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    EXPECT_EQ(inet_pton(family, ip.c_str(), &v6->sin6_addr), 1);
    a.size = sizeof *v6;
  }
  return a;
}

bool readable(const Fd& fd, int timeout_ms) {
  pollfd p{fd.get(), POLLIN, 0};
  return poll(&p, 1, timeout_ms) == 1;
}

/// Sees every frame of one device, both ways.
Fd sniffer(const std::string& netns, const std::string& device) {
  auto inside = NetnsScope::enter(netns);
  EXPECT_TRUE(inside);
  Fd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ETH_P_ALL);
  where.sll_ifindex = static_cast<int>(if_nametoindex(device.c_str()));
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
  return fd;
}

/// Frames so far that are ARP or neighbour discovery.
int questions(const Fd& sniffer) {
  int count = 0;
  unsigned char frame[2048];
  ssize_t got;
  while ((got = recv(sniffer.get(), frame, sizeof frame, MSG_DONTWAIT)) > 0) {
    const int type = frame[12] << 8 | frame[13];
    const bool icmp6 = type == ETH_P_IPV6 && got > 54 && frame[20] == IPPROTO_ICMPV6;
    const bool discovery = icmp6 && frame[54] >= ND_ROUTER_SOLICIT && frame[54] <= ND_NEIGHBOR_ADVERT;
    count += type == ETH_P_ARP || discovery;
  }
  return count;
}

void exchange(const Realised& r, int family, bool in_machine) {
  const std::string& from_ip = family == AF_INET ? r.sender.ipv4 : r.sender.ipv6;
  const std::string& to_ip = family == AF_INET ? r.target.ipv4 : r.target.ipv6;
  const Fd sender = socket_in(r.sender.netns, family, SOCK_DGRAM, 0);
  const Fd target = socket_in(r.target.netns, family, SOCK_DGRAM, 0);
  Address here = address(family, from_ip, kPort), there = address(family, to_ip, kPort);
  Address any =
      address(family, family == AF_INET ? "0.0.0.0" : "::", kPort);  // a published one is another node's
  ASSERT_EQ(bind(sender.get(), here.get(), here.size), 0) << strerror(errno);
  ASSERT_EQ(bind(target.get(), any.get(), any.size), 0) << strerror(errno);
  ASSERT_EQ(sendto(sender.get(), "ping", 4, 0, there.get(), there.size), 4) << strerror(errno);
  if (in_machine) {  // no socket of ours is at the end: its own answers
    ASSERT_TRUE(readable(sender, 2000)) << "nothing came back from " << to_ip;
    return;
  }
  ASSERT_TRUE(readable(target, 2000)) << "nothing came to " << to_ip;
  char text[8];
  Address who;
  who.size = sizeof who.storage;
  ASSERT_EQ(recvfrom(target.get(), text, sizeof text, 0, who.get(), &who.size), 4);
  ASSERT_EQ(sendto(target.get(), "pong", 4, 0, who.get(), who.size), 4) << strerror(errno);
  ASSERT_TRUE(readable(sender, 2000)) << "nothing came back from " << to_ip;
}

class Datagram : public testing::TestWithParam<std::string> {};

TEST_P(Datagram, PassesBothWaysWithoutArpOrDiscovery) {
  const Topology topology = stage::shipped(GetParam());
  NEEDS_MODE(topology);
  const std::string name = stage::instance("udp-" + GetParam());
  const stage::Cleanup cleanup(name);
  const auto r = up(topology, name);
  ASSERT_TRUE(r) << hopcost::describe(r.error());
  const Fd wire = sniffer(r->sender.netns, r->sender.device);
  const bool in_machine = topology.ends_in_machine();
  const Fd end = in_machine ? sniffer(r->taps.back().netns, r->taps.back().device)
                            : sniffer(r->target.netns, r->target.device);
  exchange(*r, AF_INET, in_machine);  // at once: what up() returns carries packets
  exchange(*r, AF_INET6, in_machine);
  EXPECT_EQ(questions(wire), 0);
  EXPECT_EQ(questions(end), 0);
}

INSTANTIATE_TEST_SUITE_P(Shipped, Datagram, testing::ValuesIn(stage::modes_under_test()),
                         stage::parameter_name);

}  // namespace
}  // namespace hopcost::nsglue
