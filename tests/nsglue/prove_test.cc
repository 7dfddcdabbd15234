// The proof by packets: that it holds for what is shipped is seen here, and that it fails where the path is
// another.
#include "nsglue/prove/prove.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <functional>
#include <tuple>

#include "base/netns.h"
#include "nsglue/kernel/files.h"
#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

class Proofs : public testing::TestWithParam<std::string> {};

TEST_P(Proofs, TheShippedPathIsTheDeclaredOne) {
  const Topology topology = stage::shipped(GetParam());
  NEEDS_MODE(topology);
  const std::string name = stage::instance("prove-" + GetParam());
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up(topology, name));
  const auto proof = prove(topology, name);
  ASSERT_TRUE(proof) << hopcost::describe(proof.error());
  for (const std::string& f : proof->faults) ADD_FAILURE() << f;
  EXPECT_EQ(proof->probes, 6) << "three of each family";
  EXPECT_EQ(proof->never, static_cast<int>(topology.nevers.size()));
}

INSTANTIATE_TEST_SUITE_P(Shipped, Proofs, testing::ValuesIn(stage::modes_under_test()),
                         stage::parameter_name);

/// Builds `built`, and gives the faults of a check by `declared`, one a line.
std::string faults(const Topology& built, const Topology& declared,
                   const std::function<void(const std::string& name)>& spoil = {}) {
  const std::string name = stage::instance("spoilt");
  const stage::Cleanup cleanup(name);
  const auto realised = up(built, name);
  EXPECT_TRUE(realised) << hopcost::describe(realised.error());
  if (spoil) spoil(name);
  const auto proof = prove(declared, name);
  EXPECT_TRUE(proof) << hopcost::describe(proof.error());
  std::string all;
  for (const std::string& f : proof->faults) all += f + "\n";
  return all;
}

Tap tap(const char* name, DeviceRef at, const char* direction) {
  return {name, std::move(at), direction, ""};
}

TEST(Prove, TellsTheOrderOfTaps) {
  NEEDS_NAMESPACES();
  Topology t = stage::shipped("bridge");
  std::swap(t.taps[0], t.taps[1]);
  EXPECT_NE(faults(t, t).find("an IPv4 probe passes tap wire (dut/d0) before tap bridge_port (dut/v0)\n"),
            std::string::npos);
}

TEST(Prove, TellsATapThatSeesNothingAndThatTheEndGotThemAllTheSame) {
  NEEDS_NAMESPACES();
  Topology t = stage::shipped("bridge");
  t.taps[1].direction = "in";  // nothing comes into the port that leads to the container
  EXPECT_EQ(faults(t, t),
            "IPv4 probes are lost between tap wire (dut/d0) and tap bridge_port (dut/v0)\n"
            "IPv6 probes are lost between tap wire (dut/d0) and tap bridge_port (dut/v0)\n");
}

TEST(Prove, TellsWhereProbesAreLostAndWhatIsNotQuietThere) {
  NEEDS_NAMESPACES();
  const Topology t = stage::shipped("veth");
  const std::string told = faults(t, t, [](const std::string& name) {
    auto inside = NetnsScope::enter("hc-" + name + "-dut");
    EXPECT_TRUE(write_sysctl("net.ipv4.ip_forward", "0"));
    EXPECT_TRUE(write_sysctl("net.ipv4.conf.d0.rp_filter", "1"));
  });
  EXPECT_TRUE(told.starts_with(
      "IPv4 probes are lost between tap wire (dut/d0) and tap veth (dut/v0); not quiet there: "))
      << told;
  EXPECT_NE(told.find("dut/d0 rp_filter = 1"), std::string::npos) << told;
  EXPECT_EQ(told.find("IPv6"), std::string::npos) << told;
}

/// As after `dockerd` on a machine whose bridges call netfilter: frames between ports of a bridge pass the
/// chain of what is forwarded, which drops them.
TEST(Prove, TellsOfAForwardChainThatDropsWhatABridgeCarries) {
  NEEDS_NAMESPACES();
  const Topology t = stage::shipped("bridge");
  Topology calls = t;
  for (Device& d : calls.devices) {
    if (d.kind == "bridge") d.options["nf_call_iptables"] = "1";
  }
  const std::string told = faults(calls, calls, [](const std::string& name) {
    auto inside = NetnsScope::enter("hc-" + name + "-dut");
    EXPECT_EQ(std::system("PATH=$PATH:/usr/sbin; nft 'add table ip filter; add chain ip filter FORWARD "
                          "{ type filter hook forward priority 0; policy drop; }'"),
              0);
  });
  EXPECT_TRUE(
      told.starts_with("IPv4 probes are lost between tap wire (dut/d0) and tap bridge_port (dut/v0); not "
                       "quiet there: "))
      << told;
  EXPECT_NE(told.find("dut chain ip filter FORWARD (hook forward) = policy drop"), std::string::npos) << told;
  EXPECT_NE(told.find("dut/br0 nf_call_iptables = 1"), std::string::npos) << told;
  EXPECT_EQ(told.find("IPv6"), std::string::npos) << told;
}

/// Without its forwarding entry a bridge floods: a third port gets the frames as well.
TEST(Prove, TellsOfADeviceOffThePath) {
  NEEDS_NAMESPACES();
  Topology t = stage::shipped("bridge");
  for (Device& d : t.devices) {
    std::erase(d.fdb, DeviceRef{"container", "eth0"});
    if (d.at.device == "v0") d.port["learning"] = "0";  // the container tells of its multicast groups
  }
  for (const auto& [at, peer, mac] :
       {std::tuple("v1", "eth1", "02:68:63:00:03:01"), {"eth1", "v1", "02:68:63:00:03:02"}}) {
    Device d = *t.find({"dut", "v0"});
    d.at = {"dut", at};
    d.peer = DeviceRef{"dut", peer};
    d.mac = mac;
    if (std::string(at) == "eth1") {
      d.master.clear();
      d.port.clear();
    }
    t.devices.push_back(d);
  }
  const std::string told = faults(t, t);
  EXPECT_NE(told.find("IPv4 probes pass dut/v1, which is not on the path\n"), std::string::npos) << told;
  EXPECT_NE(told.find("IPv4 probes pass dut/eth1, which is not on the path\n"), std::string::npos) << told;
}

/// In mode bridge a sibling's frames are handed over, which private is there to forbid.
TEST(Prove, TellsOfWhatArrivesWhereNothingMay) {
  NEEDS_NAMESPACES();
  const Topology t = stage::shipped("macvlan-private");
  Topology open = t;
  for (Device& d : open.devices) {
    if (d.kind == "macvlan") d.options["mode"] = "bridge";
  }
  EXPECT_EQ(faults(t, t), "");
  EXPECT_EQ(faults(open, open), "what sibling/eth0 sends reaches container/eth0, and may not\n");
}

TEST(Prove, TellsOfAPortThatIsOpenAndShouldNotBe) {
  const Topology t = stage::shipped("bridge-nat");
  NEEDS_MODE(t);
  Topology direct = t;
  direct.nevers[0].port = direct.published[0].port;
  EXPECT_EQ(faults(t, direct), "what tester/t0 sends reaches container/eth0, and may not\n");
}

TEST(Prove, SeesWhatLeavesTheSender) {
  NEEDS_NAMESPACES();
  Topology t = stage::shipped("host");
  t.taps = {tap("sent", {"tester", "t0"}, "out"), tap("wire", {"dut", "d0"}, "in")};
  EXPECT_EQ(faults(t, t), "");
}

}  // namespace
}  // namespace hopcost::nsglue
