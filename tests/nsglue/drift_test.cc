// What somebody changed by hand is found, and named.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <functional>

#include "base/netns.h"
#include "nsglue/kernel/files.h"
#include "nsglue/kernel/ip_entries.h"
#include "nsglue/kernel/links.h"
#include "nsglue/kernel/offloads.h"
#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

unsigned index_of(const std::string& device) {
  return interface_index(device).value_or(0);
}

/// A change of one device, in the thread's namespace.
Result<void> change(const std::string& device, const std::function<void(netlink::Message&)>& fill,
                    unsigned flags = 0, unsigned mask = 0, std::uint16_t type = RTM_NEWLINK) {
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  netlink::Message m(type, 0);
  ifinfomsg head{};
  head.ifi_index = static_cast<int>(index_of(device));
  head.ifi_flags = flags;
  head.ifi_change = mask;
  m.header(head);
  fill(m);
  return rtnetlink->request(m, "change " + device);
}

Result<void> set_option(const std::string& device, const char* kind, std::uint16_t attribute,
                        std::uint32_t value) {
  return change(device, [&](netlink::Message& m) {
    nlattr* info = m.begin(IFLA_LINKINFO);
    m.text(IFLA_INFO_KIND, kind);
    nlattr* data = m.begin(IFLA_INFO_DATA);
    m.u32(attribute, value);
    m.end(data);
    m.end(info);
  });
}

struct Case {
  const char* node;
  std::function<Result<void>()> spoil;
  const char* where;  ///< after "hc-INSTANCE-".
  const char* expected;
  const char* found;
};

class Drifts : public testing::Test {
 protected:
  void run(const char* topology_name, const std::vector<Case>& cases) {
    const Topology topology = stage::shipped(topology_name);
    const std::string name = stage::instance("drift");
    const stage::Cleanup cleanup(name);
    for (const Case& c : cases) {
      ASSERT_TRUE(up(topology, name));
      {
        auto inside = NetnsScope::enter(fmt::format("hc-{}-{}", name, c.node));
        ASSERT_TRUE(inside);
        const auto spoilt = c.spoil();
        ASSERT_TRUE(spoilt) << hopcost::describe(spoilt.error());
      }
      const auto drifts = check(topology, name);
      ASSERT_TRUE(drifts) << hopcost::describe(drifts.error());
      const std::string wanted = text({fmt::format("hc-{}-{}", name, c.where), c.expected, c.found});
      bool told = false;
      std::string all;
      for (const Drift& d : *drifts) {
        told = told || text(d) == wanted;
        all += text(d) + "\n";
      }
      EXPECT_TRUE(told) << "wanted: " << wanted << "\ntold:\n" << all;
    }
  }
};

TEST_F(Drifts, OfABridgeAreNamed) {
  NEEDS_NAMESPACES();
  run("bridge", {
                    {"dut", [] { return set_option("br0", "bridge", IFLA_BR_STP_STATE, 1); },
                     "dut/br0: stp_state", "0", "1"},
                    {"dut", [] { return set_option("br0", "bridge", IFLA_BR_FORWARD_DELAY, 1500); },
                     "dut/br0: forward_delay", "0", "1500"},
                    {"dut", [] { return change("v0", [](netlink::Message& m) { m.u32(IFLA_MASTER, 0); }); },
                     "dut/v0: master", "br0", "nothing"},
                    {"dut", [] { return change("v0", [](netlink::Message& m) { m.u32(IFLA_MTU, 1400); }); },
                     "dut/v0: mtu", "1500", "1400"},
                    {"dut",
                     [] {
                       return change(
                           "v0", [](netlink::Message&) {}, 0, IFF_UP);
                     },
                     "dut/v0: state", "up", "down"},
                    {"container",
                     [] {
                       return change(
                           "eth0", [](netlink::Message&) {}, 0, 0, RTM_DELLINK);
                     },
                     "container/eth0: device", "veth", "nothing"},
                    {"container",
                     [] {
                       return change("eth0",
                                     [](netlink::Message& m) { m.bytes(IFLA_ADDRESS, "\2\0\0\0\0\7", 6); });
                     },
                     "container/eth0: mac", "02:68:63:00:01:02", "02:00:00:00:00:07"},
                });
}

TEST_F(Drifts, OfFilesAndTablesAreNamed) {
  NEEDS_NAMESPACES();
  run("veth", {
                  {"dut", [] { return write_sysctl("net.ipv4.ip_forward", "0"); }, "dut: net.ipv4.ip_forward",
                   "1", "0"},
                  {"dut", [] { return write_sysctl("net.ipv6.conf.v0.disable_ipv6", "1"); },
                   "dut/v0: net.ipv6.conf.v0.disable_ipv6", "0", "1"},
                  {"container",
                   [] {
                     const Fd socket(::socket(AF_INET, SOCK_DGRAM, 0));
                     return set_offloads(socket.get(), "eth0", {{"gro", true}});
                   },
                   "container/eth0: gro", "off", "on"},
                  {"tester",
                   [] {
                     auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
                     return add_neighbour(*rtnetlink, index_of("t0"), *parse_address("198.18.0.2"),
                                          *parse_mac("02:00:00:00:00:07"));
                   },
                   "tester/t0: neighbour 198.18.0.2", "02:68:63:00:00:02", "02:00:00:00:00:07"},
                  {"tester",
                   [] {
                     auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
                     return add_address(*rtnetlink, index_of("t0"), *parse_prefix("198.18.5.1/24"), "t0");
                   },
                   "tester/t0: address", "nothing", "198.18.5.1/24"},
                  {"tester",
                   [] {
                     return change(
                         "t0", [](netlink::Message&) {}, 0, IFF_UP);
                   },
                   "tester: route 198.18.1.0/24", "via 198.18.0.2", "nothing"},
              });
}

TEST_F(Drifts, OfBpfProgramsAreNamed) {
  NEEDS_MODE(stage::shipped("xdp-redirect"));
  const auto take_xdp_off = [] {
    return change("d0", [](netlink::Message& m) {
      nlattr* xdp = m.begin(IFLA_XDP | NLA_F_NESTED);
      m.u32(IFLA_XDP_FD, static_cast<std::uint32_t>(-1));
      m.end(xdp);
    });
  };
  run("xdp-redirect", {{"dut", take_xdp_off, "dut/d0: XDP program", "redirect", "nothing"}});
  const auto take_clsact_off = [] {
    auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
    netlink::Message m(RTM_DELQDISC, 0);
    tcmsg head{};
    head.tcm_ifindex = static_cast<int>(index_of("d0"));
    head.tcm_parent = TC_H_CLSACT;
    head.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
    m.header(head);
    return rtnetlink->request(m, "take clsact off");
  };
  run("tc-redirect",
      {{"dut", take_clsact_off, "dut/d0: tc program", "hopcost redirect to v0 peer", "nothing"}});
}

/// The kernel lets only the first user namespace's root steer (net/core/net-sysfs.c, store_rps_map).
#define NEEDS_REAL_ROOT() \
  NEEDS_NAMESPACES();     \
  if (!stage::is_real_root()) GTEST_SKIP() << "receive steering needs root outside of user namespaces"

TEST_F(Drifts, OfReceiveSteeringAreNamed) {
  NEEDS_REAL_ROOT();
  run("host", {
                  {"dut",
                   [] {
                     auto sysfs = NamespaceSysfs::open();
                     return sysfs ? sysfs->write_rps("d0", "1")
                                  : Result<void>(std::unexpected(sysfs.error()));
                   },
                   "dut/d0: rps_cpus", "0", "1"},
              });
}

TEST(Rps, IsSetAsDeclared) {
  NEEDS_REAL_ROOT();
  Topology topology = stage::shipped("host");
  for (Device& d : topology.devices) d.rps_cpus = "1";
  const std::string name = stage::instance("rps");
  const stage::Cleanup cleanup(name);
  const auto realised = up(topology, name);
  ASSERT_TRUE(realised) << hopcost::describe(realised.error());
  EXPECT_TRUE(check(topology, name)->empty());
  EXPECT_EQ(check(stage::shipped("host"), name)->size(), 2u);
}

TEST(Rps, MasksAreComparedWithoutPadding) {
  EXPECT_EQ(plain_mask("00000000,00000003"), "3");
  EXPECT_EQ(plain_mask("00"), "0");
  EXPECT_EQ(plain_mask("1,00000000"), "1,00000000");
}

}  // namespace
}  // namespace hopcost::nsglue
