// The files of topologies/.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "nsglue/nsglue.h"
#include "nsglue/topology/address.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

class Shipped : public testing::TestWithParam<std::string> {};

TEST_P(Shipped, IsNamedAsItsFile) {
  EXPECT_EQ(stage::shipped(GetParam()).name, GetParam());
}

TEST_P(Shipped, StaysInBenchmarkingAddresses) {
  const Prefix v4 = *parse_prefix("198.18.0.0/15");  // RFC 2544, appendix C.2.2
  const Prefix v6 = *parse_prefix("2001:2::/48");    // RFC 5180, section 8
  for (const Device& d : stage::shipped(GetParam()).devices) {
    for (const std::string& text : d.ipv4)
      EXPECT_EQ(parse_prefix(text)->bytes[0] << 8 | (parse_prefix(text)->bytes[1] & 0xfe),
                v4.bytes[0] << 8 | v4.bytes[1]);
    for (const std::string& text : d.ipv6)
      EXPECT_TRUE(std::equal(v6.bytes.begin(), v6.bytes.begin() + 6, parse_prefix(text)->bytes.begin()));
  }
}

TEST_P(Shipped, HasBothFamiliesATapAndASinkAtTheEnd) {
  const auto r = describe(stage::shipped(GetParam()), "x");
  ASSERT_TRUE(r);
  for (const Endpoint* e : {&r->sender, &r->target}) {
    EXPECT_FALSE(e->ipv4.empty());
    EXPECT_FALSE(e->ipv6.empty());
  }
  ASSERT_FALSE(r->taps.empty());
  // An XDP program at the wire's end leaves no place for a tap there.
  const Topology t = stage::shipped(GetParam());
  const bool xdp = std::ranges::any_of(t.redirects, [](const Redirect& x) { return x.hook == "xdp"; });
  EXPECT_EQ(r->taps.front().name, xdp ? "container" : "wire");
  // No tap sees packets in a virtual machine's guest: it answers by the tap device that it stands on.
  if (t.ends_in_machine()) {
    EXPECT_EQ(r->taps.back().device, t.find(t.target)->lower->device);
    EXPECT_EQ(r->taps.back().direction, "in");
    ASSERT_EQ(r->sinks.size(), 1u);
    EXPECT_EQ(r->sinks[0].netns, r->sender.netns);
    return;
  }
  if (GetParam() != "ipvlan-l3s") {  // no tap sees its packets in the container
    EXPECT_EQ(r->taps.back().netns, r->target.netns);
    EXPECT_EQ(r->taps.back().device, r->target.device);
  }
  EXPECT_EQ(r->taps.back().direction, "in");
  ASSERT_EQ(r->sinks.size(), 1u);
  EXPECT_EQ(r->sinks[0].netns, r->target.netns);
}

TEST_P(Shipped, IsOfAGroup) {
  EXPECT_NE(stage::shipped(GetParam()).group, std::end(kGroups)[-1]);
}

INSTANTIATE_TEST_SUITE_P(Files, Shipped, testing::ValuesIn(stage::all_shipped()), stage::parameter_name);

TEST(ShippedChains, HaveAsManyHopsAsTheirNameSays) {
  const auto count = [](const std::string& name, auto&& is_one) {
    const Topology t = stage::shipped(name);
    return std::ranges::count_if(t.devices, is_one) + std::ranges::count_if(t.nodes, is_one);
  };
  struct Bridge {
    bool operator()(const Device& d) const { return d.kind == "bridge"; }
    bool operator()(const Node&) const { return false; }
  };
  struct Router {
    bool operator()(const Device&) const { return false; }
    bool operator()(const Node& n) const { return n.sysctls.contains("net.ipv4.ip_forward"); }
  };
  for (const int hops : {2, 4, 8}) {
    EXPECT_EQ(count("bridge-" + std::to_string(hops), Bridge()), hops);
    EXPECT_EQ(count("veth-" + std::to_string(hops), Router()), hops);
  }
}

TEST(ShippedTaps, AreInTheOrderPacketsPass) {
  const auto r = describe(stage::shipped("bridge"), "bridge");
  ASSERT_EQ(r->taps.size(), 3u);
  EXPECT_EQ(r->taps[1].name, "bridge_port");
  EXPECT_EQ(r->taps[1].netns, "hc-bridge-dut");
  EXPECT_EQ(r->taps[1].device, "v0");
  EXPECT_EQ(r->taps[1].direction, "out");
}

TEST(ShippedTargets, CarryTheNextHopsMac) {
  const auto routed = describe(stage::shipped("veth"), "x");
  EXPECT_EQ(routed->target.mac, stage::shipped("veth").find({"dut", "d0"})->mac);
  EXPECT_EQ(routed->target.ipv4, "198.18.1.2");
  const auto published = describe(stage::shipped("bridge-nat"), "x");
  EXPECT_EQ(published->target.ipv4, "198.18.0.2") << "the address a port is published at";
  EXPECT_EQ(published->target.device, "eth0") << "the device it is published for";
  const auto bridged = describe(stage::shipped("bridge"), "x");
  EXPECT_EQ(bridged->target.mac, stage::shipped("bridge").find({"container", "eth0"})->mac);
}

}  // namespace
}  // namespace hopcost::nsglue
