// A topology with many containers, as data.
#include "nsglue/topology/containers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "nsglue/nsglue.h"
#include "nsglue/topology/address.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

Topology many(const std::string& mode, unsigned n) {
  auto t = with_containers(stage::shipped(mode), n);
  if (!t) throw std::runtime_error(hopcost::describe(t.error()));
  return std::move(*t);
}

std::string refusal(const Topology& t, unsigned n) {
  const auto made = with_containers(t, n);
  return made ? "" : made.error().what;
}

TEST(Containers, OneChangesNothing) {
  const auto one = with_containers(stage::shipped("bridge"), 1);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->name, "bridge");
  EXPECT_EQ(one->devices.size(), 5u);
  EXPECT_TRUE(one->containers.empty());
  EXPECT_EQ(container_count(*one), 1u);
}

TEST(Containers, HaveNodesPortsAndAddressesOfTheirOwnOnOneBridge) {
  const Topology t = many("bridge", 3);
  EXPECT_EQ(t.name, "bridge.x3");
  EXPECT_EQ(t.nodes.size(), 2u + 3u);
  EXPECT_EQ(t.devices.size(), 3u + 2u * 3u);
  EXPECT_EQ(t.find({"tester", "t0"})->ipv4, std::vector<std::string>{"198.18.0.1/20"});
  const Device& port = *t.find({"dut", "v0_3"});
  EXPECT_EQ(port.mac, "02:68:63:02:01:01");
  EXPECT_EQ(port.master, "br0");
  EXPECT_EQ(port.peer->text(), "container_3/eth0");
  ASSERT_EQ(port.fdb.size(), 1u);
  EXPECT_EQ(port.fdb[0].text(), "container_3/eth0");
  const Device& end = *t.find({"container_3", "eth0"});
  EXPECT_EQ(end.mac, "02:68:63:02:01:02");
  EXPECT_EQ(end.ipv4, std::vector<std::string>{"198.18.0.35/20"});
  EXPECT_EQ(end.ipv6, std::vector<std::string>{"2001:2::23/64"});
  EXPECT_EQ(t.neighbours.back().owner.text(), "tester/t0");
  EXPECT_EQ(t.neighbours.back().ips, (std::vector<std::string>{"198.18.0.1", "2001:2::1"}));
  const ContainerPath& way = t.containers[1];
  EXPECT_EQ(way.target.text(), "container_2/eth0");
  EXPECT_EQ(way.taps[1].at.text(), "dut/v0_2");
  EXPECT_EQ(way.taps[0].at.text(), "dut/d0");
  EXPECT_EQ(way.sinks[0].node, "container_2");
  EXPECT_EQ(way.sinks[0].port, 9);
}

TEST(Containers, RoutedOnesHaveSubnetsAndRoutesOfTheirOwn) {
  const Topology t = many("veth", 2);
  EXPECT_EQ(t.find({"dut", "v0_2"})->ipv4, std::vector<std::string>{"198.19.1.1/28"});
  EXPECT_EQ(t.find({"container_2", "eth0"})->ipv6, std::vector<std::string>{"2001:2:0:1010::2/64"});
  std::set<std::string> led_to;
  for (const Route& r : t.routes) {
    if (r.node == "tester") led_to.insert(r.to + " via " + r.via);
  }
  EXPECT_EQ(led_to,
            (std::set<std::string>{"198.19.0.0/28 via 198.18.0.2", "198.19.1.0/28 via 198.18.0.2",
                                   "2001:2:0:1000::/64 via 2001:2::2", "2001:2:0:1010::/64 via 2001:2::2"}));
}

TEST(Containers, OfModeHostAreSocketsOnPortsOfTheirOwn) {
  const Topology t = many("host", 3);
  EXPECT_EQ(t.devices.size(), 2u);
  ASSERT_EQ(t.containers.size(), 3u);
  EXPECT_EQ(t.containers[2].target.text(), "dut/d0");
  EXPECT_EQ(t.containers[2].sinks[0].port, 9 + 2 * 16);
}

TEST(Containers, ArePublishedAtPortsOfTheirOwn) {
  const Topology t = many("bridge-nat", 2);
  ASSERT_EQ(t.published.size(), 2u);
  EXPECT_EQ(t.published[1].to.text(), "container_2/eth0");
  EXPECT_EQ(t.published[1].port, 25);
  EXPECT_EQ(t.containers[1].sinks[0].port, 25);
  EXPECT_EQ(t.containers[1].addressed.text(), "dut/d0");
  ASSERT_EQ(t.nevers.size(), 2u);
  EXPECT_EQ(t.nevers[1].port, 26) << "published to nobody";
}

TEST(Containers, TunnelsHaveIdentifiersAndEndsOfTheirOwn) {
  const Topology t = many("vxlan", 2);
  const Device& tunnel = *t.find({"dut", "vx0_2"});
  EXPECT_EQ(tunnel.options.at("id"), "8");
  EXPECT_EQ(tunnel.options.at("remote"), "198.19.1.2");
  EXPECT_EQ(t.find({"far_2", "vx0"})->options.at("remote"), "198.19.1.1");
  EXPECT_EQ(t.find({"far_2", "vx0"})->options.at("id"), "8");
}

TEST(Containers, AViewIsATopologyOfOneContainer) {
  const Topology t = many("nested-bridge", 4);
  const Topology view = container_view(t, 2);
  EXPECT_EQ(view.nodes.size(), 4u);
  EXPECT_EQ(view.devices.size(), stage::shipped("nested-bridge").devices.size());
  EXPECT_EQ(view.target.text(), "child_3/eth0");
  EXPECT_NE(view.find({"dut", "v0_3"}), nullptr);
  EXPECT_EQ(view.find({"dut", "v0_2"}), nullptr);
  EXPECT_EQ(container_part(t, 2).devices.size() + shared_part(t).devices.size(), view.devices.size());
}

/// What is wrong with a topology's parts, one a line.
class Audit {
 public:
  explicit Audit(const Topology& t) : t_(t) {
    for (const Node& n : t.nodes) expect(nodes_.insert(n.name).second, "node twice: " + n.name);
    for (const Device& d : t.devices) device(d);
    for (const Neighbour& n : t.neighbours) {
      known(n.on, "neighbour");
      known(n.owner, "neighbour");
      for (const std::string& ip : n.ips)
        expect(addresses_.contains(ip), "neighbour of nobody's " + ip + " on " + n.on.text());
    }
    for (const Route& r : t.routes) {
      expect(nodes_.contains(r.node), "route of no node " + r.node);
      expect(r.via.empty() || addresses_.contains(r.via), "gateway is nobody's: " + r.via);
      if (!r.device.empty()) known({r.node, r.device}, "route");
    }
    for (const Publish& p : t.published) known(p.to, "publish");
    for (const ContainerPath& c : t.containers) {
      known(c.target, "target");
      for (const Tap& tap : c.taps) known(tap.at, "tap");
    }
  }
  std::string faults;

 private:
  void expect(bool good, const std::string& fault) {
    if (!good) faults += fault + "\n";
  }
  void known(const DeviceRef& at, const std::string& who) {
    expect(t_.find(at) != nullptr, who + " names " + at.text());
  }
  void device(const Device& d) {
    expect(d.at.device.size() <= 15, "long name " + d.at.text());
    expect(nodes_.contains(d.at.node), "no node of " + d.at.text());
    expect(t_.find(d.at) == &d, "device twice: " + d.at.text());
    if (d.peer)
      expect(t_.find(*d.peer) != nullptr && t_.find(*d.peer)->peer == d.at, "peer of " + d.at.text());
    if (d.lower) expect(t_.find(*d.lower) < &d, "lower of " + d.at.text());
    if (!d.master.empty()) known({d.at.node, d.master}, d.at.text());
    for (const DeviceRef& at : d.fdb) known(at, d.at.text());
    const bool of_lower = d.lower && t_.find(*d.lower)->mac == d.mac;
    expect(d.mac.empty() || of_lower || macs_.insert(d.mac).second, "MAC twice: " + d.mac);
    for (const auto* list : {&d.ipv4, &d.ipv6}) {
      for (const std::string& text : *list) {
        expect(addresses_.insert(text.substr(0, text.find('/'))).second, "address twice: " + text);
        expect(text.starts_with("198.18.") || text.starts_with("198.19.") || text.starts_with("2001:2:"),
               "not for tests: " + text);
      }
    }
  }
  const Topology& t_;
  std::set<std::string> nodes_, macs_, addresses_;
};

class Multiplied : public testing::TestWithParam<std::string> {};

TEST_P(Multiplied, IsSoundWith256OrSaysWhatStandsInItsWay) {
  const Topology one = stage::shipped(GetParam());
  const auto t = with_containers(one, kMostContainers);
  const std::map<std::string, std::string> reasons = {
      {"vlan", "can have one VLAN"},       {"qinq", "can have one VLAN"},
      {"tc-redirect", "looks at nothing"}, {"xdp-redirect", "looks at nothing"},
      {"macvlan-passthru", "passthru"},    {"macvlan-hairpin", "packets start in a container, 'sibling'"},
  };
  if (const auto reason = reasons.find(GetParam()); reason != reasons.end()) {
    ASSERT_FALSE(t);
    EXPECT_EQ(t.error().code, Exit::kUsage);
    EXPECT_NE(t.error().what.find(reason->second), std::string::npos) << t.error().what;
    EXPECT_NE(t.error().what.find(GetParam() + ".toml can't have 256 containers"), std::string::npos);
    return;
  }
  ASSERT_TRUE(t) << hopcost::describe(t.error());
  EXPECT_EQ(t->containers.size(), kMostContainers);
  EXPECT_EQ(Audit(*t).faults, "");
  const Topology last = container_view(*t, kMostContainers - 1);
  EXPECT_EQ(last.devices.size(), one.devices.size());
  EXPECT_EQ(last.routes.size(), one.routes.size());
  EXPECT_EQ(last.neighbours.size(), one.neighbours.size());
}

INSTANTIATE_TEST_SUITE_P(Files, Multiplied, testing::ValuesIn(stage::all_shipped()), stage::parameter_name);

TEST(Containers, SaysWhatStandsInTheWay) {
  const Topology bridge = stage::shipped("bridge");
  EXPECT_EQ(refusal(bridge, 0), "0 containers: 1 to 256 can stand");
  EXPECT_EQ(refusal(bridge, 257), "257 containers: 1 to 256 can stand");
  EXPECT_EQ(refusal(many("bridge", 2), 2), "bridge.x2 has many containers already");

  Topology two_wires = bridge;
  two_wires.file.clear();
  Device t1 = *bridge.find({"tester", "t0"});
  t1.at.device = "t1";
  t1.mac = "02:68:63:00:09:01";
  t1.peer = DeviceRef{"container", "eth1"};
  t1.ipv4 = t1.ipv6 = {};
  two_wires.devices.push_back(t1);
  EXPECT_EQ(refusal(two_wires, 2),
            "bridge can't have 2 containers: it has two wires, 'tester/t0' and 'tester/t1'");
}

TEST(Containers, NamesAndAddressesThatLeaveNoRoomAreTold) {
  Topology t = stage::shipped("bridge");
  t.file.clear();
  Device* port = const_cast<Device*>(t.find({"dut", "v0"}));
  port->at.device = "to_container";  // 12 bytes: two digits fit, three do not
  const_cast<Device*>(t.find({"container", "eth0"}))->peer = port->at;
  t.taps[1].at = port->at;
  EXPECT_EQ(refusal(t, 99), "");
  EXPECT_NE(refusal(t, 100).find("'to_container_100' would be above 15 bytes"), std::string::npos);

  Topology far = stage::shipped("bridge");
  const_cast<Device*>(far.find({"container", "eth0"}))->ipv4 = {"198.18.0.99/24"};
  EXPECT_NE(refusal(far, 2).find("the host number of 198.18.0.99/24 is not 1 to 14"), std::string::npos);
}

}  // namespace
}  // namespace hopcost::nsglue
