// The way of a packet, found in what a file declares.
#include "nsglue/show/path.h"

#include <gtest/gtest.h>

#include "stage.h"

namespace hopcost::nsglue {
namespace {

TEST(Path, OfEachShippedMode) {
  EXPECT_EQ(draw_path(stage::shipped("host")), "tester/t0 == dut/d0 [tap wire] -> udp/9");
  EXPECT_EQ(draw_path(stage::shipped("bridge")),
            "tester/t0 == dut/d0 [tap wire] -> br0 -> v0 [tap bridge_port] == container/eth0 [tap container] "
            "-> udp/9");
  EXPECT_EQ(draw_path(stage::shipped("macvlan")),
            "tester/t0 == dut/d0 [tap wire] -> container/eth0 [tap container] -> udp/9");
  EXPECT_EQ(
      draw_path(stage::shipped("veth")),
      "tester/t0 == dut/d0 [tap wire] -routed-> v0 [tap veth] == container/eth0 [tap container] -> udp/9");
}

/// Through a tunnel, and not from the wire to the underlay although both have addresses.
TEST(Path, OfTunnelsVlansAndVrfs) {
  EXPECT_EQ(draw_path(stage::shipped("gre")),
            "tester/t0 == dut/d0 [tap wire] -routed-> gre1 -> u0 [tap underlay_out] == far/u0 [tap "
            "underlay_in] -> gre1 "
            "-routed-> v0 [tap veth] == container/eth0 [tap container] -> udp/9");
  EXPECT_EQ(draw_path(stage::shipped("geneve")),
            "tester/t0 == dut/d0 [tap wire] -> br0 -> gnv0 -> u0 [tap underlay_out] == far/u0 [tap "
            "underlay_in] -> gnv0 -> "
            "br0 -> v0 [tap bridge_port] == container/eth0 [tap container] -> udp/9");
  EXPECT_EQ(draw_path(stage::shipped("qinq")),
            "tester/t0.9.7 -> t0.9 -> t0 == dut/d0 [tap wire] -> d0.9 [tap service] -> container/eth0 [tap "
            "container] -> "
            "udp/9");
  EXPECT_EQ(
      draw_path(stage::shipped("vrf")),
      "tester/t0 == dut/d0 [tap wire] -> vrf0 -> v0 [tap veth] == container/eth0 [tap container] -> udp/9");
}

TEST(Path, OfAPublishedPort) {
  EXPECT_EQ(draw_path(stage::shipped("bridge-nat")),
            "tester/t0 == dut/d0 [tap wire] -nat-> br0 -> v0 [tap bridge_port] == container/eth0 [tap "
            "container] -> "
            "udp/9");
}

TEST(Path, OfWhatABpfProgramRedirects) {
  EXPECT_EQ(draw_path(stage::shipped("tc-redirect")),
            "tester/t0 == dut/d0 [tap wire] -bpf-> container/eth0 [tap container] -> udp/9");
  EXPECT_EQ(draw_path(stage::shipped("xdp-redirect")),
            "tester/t0 == dut/d0 -bpf-> v0 == container/eth0 [tap container] -> udp/9");
}

TEST(Path, OfANestedContainerAndOfAChain) {
  EXPECT_EQ(draw_path(stage::shipped("nested-bridge")),
            "tester/t0 == dut/d0 [tap wire] -> br0 -> v0 [tap bridge_port] == parent/eth0 [tap parent] -> "
            "br1 -> v1 "
            "[tap parent_port] == child/eth0 [tap container] -> udp/9");
  EXPECT_EQ(draw_path(stage::shipped("bridge-2")),
            "tester/t0 == dut/d0 [tap wire] -> br0 -> a0 == b1 -> br1 -> v0 == container/eth0 [tap "
            "container] -> udp/9");
  EXPECT_EQ(draw_path(stage::shipped("veth-2")),
            "tester/t0 == dut/d0 [tap wire] -routed-> v0 == r2/d0 -routed-> v0 == container/eth0 [tap "
            "container] -> "
            "udp/9");
}

/// Of two wires the taps say which one is meant, and a hook is named.
TEST(Path, GoesPastTheTaps) {
  Topology t = stage::shipped("bridge");
  t.taps = {{"first", {"tester", "t0"}, "out", "tc"}, {"last", {"container", "eth0"}, "in", ""}};
  EXPECT_EQ(draw_path(t),
            "tester/t0 [tap first at tc] == dut/d0 -> br0 -> v0 == container/eth0 [tap last] -> udp/9");
  t.taps = {{"back", {"dut", "d0"}, "in", ""}, {"there", {"tester", "t0"}, "in", ""}};
  const auto path = path_of(t);
  ASSERT_EQ(path.size(), 7u);
  EXPECT_EQ(path[2].at, (DeviceRef{"tester", "t0"}));
}

/// A bridge with an address is routed from, as Docker's is.
TEST(Path, OfARoutedBridge) {
  Topology t = stage::shipped("bridge");
  for (Device& d : t.devices) {
    if (d.at == DeviceRef{"dut", "d0"}) {
      d.master.clear();
      d.ipv4 = {"198.18.0.2/24"};
    }
    if (d.at == DeviceRef{"dut", "br0"}) d.ipv4 = {"198.18.1.1/24"};
  }
  EXPECT_EQ(draw_path(t),
            "tester/t0 == dut/d0 [tap wire] -routed-> br0 -> v0 [tap bridge_port] == container/eth0 [tap "
            "container] -> udp/9");
}

/// Both ends of the stack have addresses in one node, and yet nothing is routed.
TEST(Path, ClimbsAStackRatherThanRoute) {
  Topology t;
  const auto device = [&](const char* name, std::optional<DeviceRef> lower, std::vector<std::string> ipv4) {
    Device d;
    d.at = {"dut", name};
    d.lower = std::move(lower);
    d.ipv4 = std::move(ipv4);
    t.devices.push_back(d);
  };
  device("a", std::nullopt, {"198.18.0.1/24"});
  device("b", DeviceRef{"dut", "a"}, {});
  device("c", DeviceRef{"dut", "b"}, {"198.18.1.1/24"});
  t.sender = {"dut", "a"};
  t.target = {"dut", "c"};
  EXPECT_EQ(draw_path(t), "dut/a -> b -> c");
}

TEST(Path, SaysWhereTheFileDoesNotTell) {
  Topology t = stage::shipped("veth");
  for (Device& d : t.devices) {
    d.ipv4.clear();
    d.ipv6.clear();
  }
  t.taps.resize(1);
  EXPECT_EQ(draw_path(t), "tester/t0 == dut/d0 [tap wire] ... container/eth0 -> udp/9");
}

}  // namespace
}  // namespace hopcost::nsglue
