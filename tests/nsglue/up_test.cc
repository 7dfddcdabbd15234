// Up, check, down, on the real kernel.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "base/netns.h"
#include "nsglue/kernel/links.h"
#include "nsglue/kinds/kind.h"
#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

class UpDown : public testing::TestWithParam<std::string> {};

TEST_P(UpDown, StandsAsDeclaredAndLeavesNothing) {
  const Topology topology = stage::shipped(GetParam());
  NEEDS_MODE(topology);
  const std::string name = stage::instance(GetParam());
  const stage::Cleanup cleanup(name);
  const auto before = stage::standing();
  for (int round = 0; round < 2; ++round) {  // the same name again at once
    const auto realised = up(topology, name);
    ASSERT_TRUE(realised) << hopcost::describe(realised.error());
    EXPECT_EQ(stage::standing_of(name).size(), topology.nodes.size());
    const auto drifts = check(topology, name);
    ASSERT_TRUE(drifts) << hopcost::describe(drifts.error());
    for (const Drift& d : *drifts) ADD_FAILURE() << text(d);
    const auto gone = down(name);
    ASSERT_TRUE(gone) << hopcost::describe(gone.error());
    EXPECT_TRUE(stage::standing_of(name).empty());
  }
  for (const std::string& now : stage::standing()) {
    if (!now.starts_with("device ")) continue;
    EXPECT_TRUE(before.contains(now)) << now;
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, UpDown, testing::ValuesIn(stage::modes_under_test()),
                         stage::parameter_name);

TEST(Up, TwiceIsTheSameAsOnce) {
  NEEDS_NAMESPACES();
  const Topology topology = stage::shipped("bridge");
  const std::string name = stage::instance("twice");
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up(topology, name));
  ASSERT_TRUE(up(topology, name));
  EXPECT_TRUE(check(topology, name)->empty());
}

TEST(Up, InstancesStandSideBySide) {
  NEEDS_NAMESPACES();
  const Topology bridge = stage::shipped("bridge");
  const Topology host = stage::shipped("host");
  const std::string a = stage::instance("a"), b = stage::instance("b"), ab = stage::instance("a-b");
  const stage::Cleanup ca(a), cb(b), cab(ab);
  ASSERT_TRUE(up(bridge, a));
  ASSERT_TRUE(up(bridge, b));
  ASSERT_TRUE(up(host, ab));
  int listed = 0;
  const auto all = list();
  ASSERT_TRUE(all);
  for (const Listed& l : *all) {
    if (l.instance != a && l.instance != b && l.instance != ab) continue;
    ++listed;
    EXPECT_EQ(l.topology, l.instance == ab ? "host" : "bridge");
    EXPECT_EQ(l.netns.at("dut"), "hc-" + l.instance + "-dut");
  }
  EXPECT_EQ(listed, 3);
  ASSERT_TRUE(down(a));
  EXPECT_TRUE(check(bridge, b)->empty());
  EXPECT_TRUE(check(host, ab)->empty());
  EXPECT_EQ(check(bridge, a)->size(), bridge.nodes.size());
}

/// Two files of one name, ./a/bridge.toml and ./b/bridge.toml: the instances' names tell them apart.
TEST(Up, TwoTopologiesOfOneNameStandSideBySide) {
  NEEDS_NAMESPACES();
  const Topology a = stage::shipped("bridge");
  Topology b = a;
  for (Device& d : b.devices) d.mtu = 1400;
  const std::string of_a = stage::instance("Run.a"), of_b = stage::instance("Run.b");
  const stage::Cleanup ca(of_a), cb(of_b);
  ASSERT_TRUE(up(a, of_a));
  ASSERT_TRUE(up(b, of_b));
  EXPECT_TRUE(check(a, of_a)->empty());
  EXPECT_TRUE(check(b, of_b)->empty());
  EXPECT_FALSE(check(a, of_b)->empty());
  ASSERT_TRUE(down(of_a));
  EXPECT_TRUE(check(b, of_b)->empty());
}

TEST(Up, TheLongestNameStandsAndIsListed) {
  NEEDS_NAMESPACES();
  const Topology host = stage::shipped("host");
  std::string name = stage::instance("Up.to-40_");
  name.resize(40, 'x');
  const stage::Cleanup cleanup(name);
  const auto built = up(host, name, Ownership::kThisProcess);
  ASSERT_TRUE(built) << hopcost::describe(built.error());
  EXPECT_TRUE(check(host, name)->empty());
  const auto all = list();
  EXPECT_TRUE(std::ranges::any_of(*all, [&](const Listed& l) { return l.instance == name && l.owner; }));
  ASSERT_TRUE(down(name));
  EXPECT_TRUE(stage::standing_of(name).empty());
}

TEST(Up, UndoesWhatFailedHalfWay) {
  NEEDS_NAMESPACES();
  Topology topology = stage::shipped("veth");
  topology.routes.push_back({"tester", "198.19.0.0/16", "198.18.77.1", ""});  // nothing reaches that gateway
  const std::string name = stage::instance("undo");
  const auto failed = up(topology, name);
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().what.starts_with("add route 198.19.0.0/16 via 198.18.77.1"))
      << failed.error().what;
  EXPECT_TRUE(stage::standing_of(name).empty());
}

TEST(Up, SettingsTheKernelDoesNotTakeAreAnError) {
  NEEDS_NAMESPACES();
  Topology topology = stage::shipped("macvlan");
  for (Device& d : topology.devices) {
    if (d.kind == "macvlan") d.offloads["tso"] = false;
  }
  const std::string name = stage::instance("fixed");
  const auto failed = up(topology, name);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().what.find("tso"), std::string::npos) << failed.error().what;
  EXPECT_TRUE(stage::standing_of(name).empty());
}

/// The kernel writes the numbers of one file with tabs between them, people with blanks.
TEST(Up, SysctlsOfSeveralNumbersAreReadAsTheyAreWritten) {
  NEEDS_NAMESPACES();
  Topology topology = stage::shipped("host");
  topology.nodes[0].sysctls["net.ipv4.ip_local_port_range"] = "2000 3000";
  const std::string name = stage::instance("numbers");
  const stage::Cleanup cleanup(name);
  const auto built = up(topology, name);
  ASSERT_TRUE(built) << hopcost::describe(built.error());
  EXPECT_TRUE(check(topology, name)->empty());
}

TEST(Up, KindTheKernelHasNotIsMissing) {
  NEEDS_NAMESPACES();
  const Topology topology = stage::shipped("host");
  const std::string name = stage::instance("missing");
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up(topology, name));
  auto inside = NetnsScope::enter("hc-" + name + "-dut");
  ASSERT_TRUE(inside);
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  auto home = open_netns("");
  Device device = topology.devices[0];
  device.at = {"dut", "q0"};
  const LinkKind unheard{.name = "hc_unheard_of",
                         .module = "hc_unheard_of",
                         .config = "CONFIG_HC_UNHEARD_OF",
                         .shape = Shape::kAlone};
  const auto refused = create_link(*rtnetlink, unheard, device, nullptr, {.home_fd = home->get()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::kMissing);
  EXPECT_EQ(refused.error().what, "this kernel has no hc_unheard_of");
  EXPECT_EQ(refused.error().hint, "modprobe hc_unheard_of, or run a kernel built with CONFIG_HC_UNHEARD_OF");
}

/// Names a namespace as ip-netns would: no mark of ours.
void make_foreign(const std::string& name) {
  std::ofstream(std::string(kNetnsDir) + "/" + name).close();
  std::thread([&] {
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    ASSERT_EQ(mount("/proc/thread-self/ns/net", (std::string(kNetnsDir) + "/" + name).c_str(), "none",
                    MS_BIND, nullptr),
              0);
  }).join();
}

TEST(Foreign, NamespacesOfOthersAreNeverTouched) {
  NEEDS_NAMESPACES();
  const Topology topology = stage::shipped("host");
  const std::string name = stage::instance("foreign");
  ASSERT_TRUE(up(topology, name));  // makes /run/netns when this is a fresh machine
  ASSERT_TRUE(down(name));
  const std::string taken = "hc-" + name + "-dut";
  make_foreign(taken);
  const auto refused = up(topology, name);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::kRefused);
  EXPECT_EQ(down(name).error().code, Exit::kRefused);
  const auto all = list();
  ASSERT_TRUE(all);
  for (const Listed& l : *all) EXPECT_NE(l.instance, name);
  EXPECT_EQ(stage::standing_of(name).size(), 1u);
  const std::string path = std::string(kNetnsDir) + "/" + taken;
  EXPECT_EQ(umount2(path.c_str(), MNT_DETACH), 0);
  EXPECT_EQ(unlink(path.c_str()), 0);
}

TEST(Down, OfWhatIsGoneIsASuccess) {
  NEEDS_NAMESPACES();
  EXPECT_TRUE(down(stage::instance("never")));
}

}  // namespace
}  // namespace hopcost::nsglue
