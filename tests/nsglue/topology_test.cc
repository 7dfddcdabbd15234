// Reading topology files: what is right becomes data, what is wrong is told with line and column.
#include "nsglue/topology/topology.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

/// A whole file, 24 lines, to be spoilt.
constexpr const char* kGood = R"(name = "small"
[path]
sender = "a/x"
target = "b/y"
[[node]]
name = "a"
[[node]]
name = "b"
[[device]]
at = "a/x"
kind = "veth"
peer = "b/y"
mac = "02:00:00:00:00:01"
ipv4 = ["198.18.0.1/24"]
[[device]]
at = "b/y"
kind = "veth"
peer = "a/x"
mac = "02:00:00:00:00:02"
ipv4 = ["198.18.0.2/24"]
[[tap]]
name = "end"
at = "b/y"
direction = "in"
)";

std::string spoilt(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// The error's text; empty when there is none.
std::string fault_of(const std::string& text) {
  const auto t = parse_topology(text, "f.toml");
  if (t) return {};
  EXPECT_EQ(t.error().code, Exit::kUsage);
  return t.error().what;
}

TEST(TopologyFile, GoodOneBecomesData) {
  const auto t = parse_topology(kGood, "f.toml");
  ASSERT_TRUE(t) << describe(t.error());
  EXPECT_EQ(t->name, "small");
  ASSERT_EQ(t->devices.size(), 2u);
  EXPECT_EQ(t->devices[0].peer->text(), "b/y");
  EXPECT_EQ(t->next_hop.text(), "b/y");
  EXPECT_EQ(t->devices[0].mtu, 1500u);
  EXPECT_EQ(t->devices[0].offloads.size(), 5u);
  for (const auto& [name, on] : t->devices[0].offloads) EXPECT_FALSE(on) << name;
}

TEST(TopologyFile, DefaultsReachDevicesAndDevicesWin) {
  auto text = spoilt("[path]", "[defaults]\nmtu = 1400\noffloads = { gro = true }\n[path]");
  text = text.replace(text.rfind("ipv4 ="), 0, "mtu = 1300\noffloads = { tso = true }\n");
  const auto t = parse_topology(text, "f.toml");
  ASSERT_TRUE(t) << describe(t.error());
  EXPECT_EQ(t->devices[0].mtu, 1400u);
  EXPECT_EQ(t->devices[1].mtu, 1300u);
  EXPECT_TRUE(t->devices[1].offloads.at("gro"));
  EXPECT_TRUE(t->devices[1].offloads.at("tso"));
  EXPECT_FALSE(t->devices[0].offloads.at("tso"));
}

struct Spoilt {
  const char* from;
  const char* to;
  const char* fault;
};

class SpoiltFile : public testing::TestWithParam<Spoilt> {};

TEST_P(SpoiltFile, IsToldWithLineAndColumn) {
  const Spoilt& s = GetParam();
  EXPECT_EQ(fault_of(spoilt(s.from, s.to)).substr(0, std::string(s.fault).size()), s.fault);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, SpoiltFile,
    testing::Values(
        Spoilt{"name = \"small\"", "name = small", "f.toml:1:8: "},
        Spoilt{"name = \"small\"", "nmae = \"small\"", "f.toml:1:"},
        Spoilt{"[path]", "group = \"layer 5\"\n[path]",
               "f.toml:2:9: 'group' must be one of \"host\", \"layer 2\""},
        Spoilt{"sender = \"a/x\"", "sender = \"ax\"",
               "f.toml:3:10: 'sender' names a device as \"NODE/DEVICE\", not \"ax\""},
        Spoilt{"sender = \"a/x\"", "sender = \"a/z\"", "f.toml:3:10: there is no device 'a/z'"},
        Spoilt{"sender = \"a/x\"", "sendr = \"a/x\"", "f.toml:2:1: 'sender' is missing"},
        Spoilt{"name = \"b\"", "name = \"a\"", "f.toml:8:8: node 'a' is declared twice"},
        Spoilt{"name = \"b\"", "name = \"b-c\"", "f.toml:8:8: node name 'b-c'"},
        Spoilt{"kind = \"veth\"", "kind = \"vth\"", "f.toml:11:8: unknown kind 'vth'; there are: bridge, "},
        Spoilt{"kind = \"veth\"", "kind = \"bridge\"", "f.toml:12:8: a bridge has no 'peer'"},
        Spoilt{"peer = \"b/y\"", "lower = \"b/y\"", "f.toml:9:1: a veth needs a 'peer'"},
        Spoilt{"peer = \"b/y\"", "peer = \"b/q\"", "f.toml:12:8: there is no device 'b/q'"},
        Spoilt{"peer = \"b/y\"", "peer = \"a/x\"", "f.toml:12:8: 'a/x' does not name"},
        Spoilt{"02:00:00:00:00:01", "01:00:00:00:00:01",
               "f.toml:13:7: '01:00:00:00:00:01' is not a unicast MAC"},
        Spoilt{"02:00:00:00:00:02", "02:00:00:00:00:01", "f.toml:19:7: 'a/x' has the same MAC address"},
        Spoilt{"198.18.0.1/24", "198.18.0.1",
               "f.toml:14:8: '198.18.0.1' is not an IPv4 address with a prefix length"},
        Spoilt{"[\"198.18.0.1/24\"]", "[\"198.18.0.1/24\", \"198.18.0.1/16\"]",
               "f.toml:14:8: '198.18.0.1/16' is given twice"},
        Spoilt{"[\"198.18.0.1/24\"]", "[]",
               "f.toml:4:10: sender and target need addresses of a common family"},
        Spoilt{"ipv4 = [\"198.18.0.1/24\"]", "mtu = 20",
               "f.toml:14:7: 'mtu' must be a whole number from 68 to 65535"},
        Spoilt{"ipv4 = [\"198.18.0.1/24\"]", "offloads = { lro = true }", "f.toml:14:14: unknown key 'lro'"},
        Spoilt{"ipv4 = [\"198.18.0.1/24\"]", "rps_cpus = \"all\"", "f.toml:14:12: 'rps_cpus' must be"},
        Spoilt{"ipv4 = [\"198.18.0.1/24\"]", "master = \"br0\"", "f.toml:14:10: there is no device 'a/br0'"},
        Spoilt{"ipv4 = [\"198.18.0.1/24\"]", "colour = 1", "f.toml:14:1: unknown key 'colour'"},
        Spoilt{"at = \"b/y\"\nkind", "at = \"c/y\"\nkind", "f.toml:12:8: there is no device 'b/y'"},
        Spoilt{"direction = \"in\"", "direction = \"up\"", "f.toml:24:13: 'direction' must be"},
        Spoilt{"direction = \"in\"", "direction = \"in\"\nhook = \"tcx\"", "f.toml:25:8: 'hook' must be"},
        Spoilt{"direction = \"in\"", "direction = \"out\"\nhook = \"xdp\"", "f.toml:25:8: 'hook' must be"},
        Spoilt{"at = \"b/y\"\ndirection", "at = \"a/x\"\ndirection",
               "f.toml:23:6: the last tap, or a [[sink]], must be in node 'b'"},
        Spoilt{"[[tap]]", "[[sink]]\nnode = \"c\"\nport = 9\n[[tap]]", "f.toml:22:8: there is no node 'c'"},
        Spoilt{"[[tap]]", "[[sink]]\nnode = \"b\"\nport = 0\n[[tap]]", "f.toml:23:8: 'port' must be"},
        Spoilt{"[[tap]]", "[[route]]\nnode = \"a\"\nto = \"198.18.9.0/24\"\nvia = \"::1\"\n[[tap]]",
               "f.toml:24:7: '::1' is not an address of the family"},
        Spoilt{"at = \"a/x\"\nkind", "at = \"a/abcdefghijklmnop\"\nkind",
               "f.toml:10:6: device name 'abcdefghijklmnop' must be 1 to 15 bytes"},
        Spoilt{"at = \"a/x\"\nkind", "at = \"a/hcbridge\"\nkind",
               "f.toml:10:6: device name 'hcbridge' must be 1 to 15 bytes"},
        Spoilt{"at = \"b/y\"\ndirection", "at = \"b/q\"\ndirection", "f.toml:23:6: there is no device 'b/q'"},
        Spoilt{"198.18.0.2/24", "198.18.0.1/24", "f.toml:20:8: 'a/x' has the address 198.18.0.1 as well"},
        Spoilt{"198.18.0.2/24", "198.18.9.2/24",
               "f.toml:4:10: 198.18.9.2 is on no subnet of node 'a', and no route there leads to it"},
        Spoilt{"[[tap]]", "[[route]]\nnode = \"a\"\nto = \"198.18.9.0/24\"\nvia = \"198.18.7.1\"\n[[tap]]",
               "f.toml:24:7: 198.18.7.1 is on no subnet of node 'a'"},
        Spoilt{"[[tap]]", "[[publish]]\nbridge = \"a/x\"\nto = \"b/y\"\n[[tap]]",
               "f.toml:21:1: 'port' is missing"},
        Spoilt{"[[tap]]", "[[publish]]\nbridge = \"a/z\"\nto = \"b/y\"\nport = 9\n[[tap]]",
               "f.toml:22:10: there is no device 'a/z'"},
        Spoilt{"target = \"b/y\"", "target = \"b/y\"\naddressed = \"b/z\"",
               "f.toml:5:13: there is no device 'b/z'"},
        Spoilt{"[[tap]]", "[[redirect]]\nat = \"a/x\"\nto = \"b/y\"\nhook = \"tc\"\n[[tap]]",
               "f.toml:23:6: it must be another device of the same node"},
        Spoilt{"[[tap]]", "[[redirect]]\nat = \"a/x\"\nto = \"b/y\"\nhook = \"nft\"\n[[tap]]",
               "f.toml:24:8: 'hook' must be \"tc\" or \"xdp\""},
        Spoilt{"[[tap]]", "[[redirect]]\nat = \"a/x\"\nto = \"b/y\"\nhook = \"xdp\"\nhow = \"peer\"\n[[tap]]",
               "f.toml:25:7: 'how' must be \"device\", or \"peer\" with hook \"tc\""},
        Spoilt{"[[tap]]", "[[never]]\nfrom = \"a/x\"\nto = \"a/x\"\n[[tap]]",
               "f.toml:23:6: 'a/x' always gets what it sends to itself"},
        Spoilt{"[[tap]]", "[[neighbour]]\non = \"a/x\"\nowner = \"b/y\"\n[[tap]]",
               "f.toml:21:1: 'ips' is missing"},
        Spoilt{"[[tap]]", "[[neighbour]]\non = \"a/x\"\nowner = \"b/y\"\nips = [\"198.18.7.2\"]\n[[tap]]",
               "f.toml:24:7: 198.18.7.2 is on no subnet of 'a/x'"},
        Spoilt{"198.18.0.2/24", "198.18.0.0/24", "f.toml:20:8: '198.18.0.0/24' is all of its subnet"},
        Spoilt{"198.18.0.2/24", "198.18.0.255/24", "f.toml:20:8: '198.18.0.255/24' is all of its subnet"},
        Spoilt{"at = \"a/x\"\nkind", "at = \"a/..\"\nkind", "f.toml:10:6: device name '..' must be"},
        Spoilt{"at = \"a/x\"\nkind", "at = \"a/v%d\"\nkind", "f.toml:10:6: device name 'v%d' must be"},
        Spoilt{"name = \"b\"", "name = \"b\"\nsysctls = [\"kernel.panic=1\"]",
               "f.toml:9:11: 'kernel.panic=1' is not of the form"},
        Spoilt{"name = \"b\"", "name = \"b\"\nsysctls = [\"net.../x=1\"]", "f.toml:9:11: "}));

TEST(TopologyFile, KindsReadTheirOwnKeys) {
  const std::string bridge =
      "[[device]]\nat = \"a/br0\"\nkind = \"bridge\"\nmac = \"02:00:00:00:00:09\"\nageing_time = 100\n";
  const auto t = parse_topology(kGood + bridge, "f.toml");
  ASSERT_TRUE(t) << describe(t.error());
  EXPECT_EQ(t->devices[2].options.at("ageing_time"), "100");
  EXPECT_EQ(t->devices[2].options.at("mcast_snooping"), "0");
  EXPECT_EQ(fault_of(kGood + bridge + "stp_state = 1\n"), "f.toml:30:13: 'stp_state' must be true or false");
  EXPECT_EQ(fault_of(kGood + bridge + "mode = \"bridge\"\n"), "f.toml:30:1: unknown key 'mode'");
}

std::string bridge(const char* name, const char* mac, const char* more = "") {
  return fmt::format("[[device]]\nat = \"b/{}\"\nkind = \"bridge\"\nmac = \"02:00:00:00:01:{}\"\n{}", name,
                     mac, more);
}

/// Two devices of one node, each a port of a bridge there.
std::string pair(const char* name, const char* one, const char* other) {
  const auto end = [&](const char* at, const char* peer, int mac, const char* master) {
    return fmt::format(
        "[[device]]\nat = \"b/{0}{1}\"\nkind = \"veth\"\npeer = \"b/{0}{2}\"\nmac = "
        "\"02:00:00:00:{3:02x}:{4:02x}\"\nmaster "
        "= \"{5}\"\n",
        name, at, peer, mac, name[0], master);
  };
  return end("0", "1", 2, one) + end("1", "0", 3, other);
}

TEST(TopologyFile, ARingOfBridgesIsToldUnlessTheyHaveASpanningTree) {
  const std::string two = kGood + bridge("br0", "01") + bridge("br1", "02");
  EXPECT_EQ(fault_of(two + pair("p", "br0", "br1")), "");
  EXPECT_EQ(fault_of(two + pair("p", "br0", "br0")),
            "f.toml:36:8: 'b/p0' and 'b/p1' close a ring of bridges");
  EXPECT_EQ(fault_of(two + pair("p", "br0", "br1") + pair("q", "br1", "br0")),
            "f.toml:48:8: 'b/q0' and 'b/q1' close a ring of bridges");
  const std::string three = two + bridge("br2", "03") + pair("p", "br0", "br1") + pair("q", "br1", "br2");
  EXPECT_EQ(fault_of(three), "");
  EXPECT_EQ(fault_of(three + pair("r", "br2", "br0")),
            "f.toml:64:8: 'b/r0' and 'b/r1' close a ring of bridges");
  const std::string trees =
      kGood + bridge("br0", "01", "stp_state = true\n") + bridge("br1", "02", "stp_state = true\n");
  EXPECT_EQ(fault_of(trees + pair("p", "br0", "br1") + pair("q", "br1", "br0")), "");
}

/// What follows file, line and column in the fault of a shipped topology with more at its end.
std::string fault_with(const char* shipped, const std::string& more) {
  const std::string fault = fault_of(stage::shipped(shipped).text + more);
  const auto words = fault.find(": ");
  return words == std::string::npos ? fault : fault.substr(words + 2);
}

/// Where a line of what is added to a shipped topology stands: "f.toml:190:".
std::string place_after(const char* shipped, std::ptrdiff_t line) {
  const std::string text = stage::shipped(shipped).text;
  return fmt::format("f.toml:{}:", std::ranges::count(text, '\n') + line);
}

TEST(TopologyFile, ARingMayCloseOverTunnels) {
  const auto end = [](const char* node, int port, int remote) {
    return fmt::format(
        "[[device]]\nat = \"{0}/vx{1}\"\nkind = \"vxlan\"\nid = 7\nudp_port = 4{1}\nremote = "
        "\"198.18.2.{2}\"\nlocal = \"198.18.2.{3}\"\nmac = \"02:00:00:00:0{1}:0{2}\"\nmtu = 1450\nmaster = "
        "\"br0\"\n",
        node, port, remote, 3 - remote);
  };
  EXPECT_EQ(fault_with("vxlan", ""), "");
  EXPECT_EQ(fault_with("vxlan", end("dut", 8, 2)), "") << "its other end is elsewhere";
  EXPECT_EQ(fault_with("vxlan", end("dut", 8, 2) + end("far", 9, 1)), "") << "two tunnels of one end each";
  EXPECT_EQ(fault_with("vxlan", end("dut", 8, 2) + end("far", 8, 1)),
            "'dut/vx8' and 'far/vx8' close a ring of bridges");
  EXPECT_EQ(fault_of(stage::shipped("vxlan").text + end("dut", 8, 2) + end("far", 8, 1))
                .find(place_after("vxlan", 6)),
            0u);
}

TEST(TopologyFile, PacketsOfATunnelDoNotGoIntoIt) {
  const auto route = [](const char* to) {
    return fmt::format("[[route]]\nnode = \"dut\"\nto = \"{}\"\ndevice = \"gre1\"\n", to);
  };
  EXPECT_EQ(fault_with("gre", route("198.18.2.0/23")), "") << "the link's prefix is longer";
  EXPECT_EQ(fault_with("gre", route("198.18.2.2/32")),
            "packets of 'dut/gre1' to 198.18.2.2 would go into 'dut/gre1' itself");
  const std::string by_gateway = "[[route]]\nnode = \"dut\"\nto = \"198.18.2.2/32\"\nvia = \"198.18.3.2\"\n";
  EXPECT_EQ(fault_with("gre", by_gateway),
            "packets of 'dut/gre1' to 198.18.2.2 would go into 'dut/gre1' itself");
  EXPECT_EQ(fault_of(stage::shipped("gre").text + by_gateway).find(place_after("gre", 3)), 0u);
}

TEST(TopologyFile, RoutesDoNotLeadBack) {
  const auto back = [](const char* to, const char* via) {
    return fmt::format("[[route]]\nnode = \"dut\"\nto = \"{}\"\nvia = \"{}\"\n", to, via);
  };
  EXPECT_EQ(fault_with("veth", back("198.18.0.0/15", "198.18.0.1")), "") << "a link's prefix is longer";
  EXPECT_EQ(fault_with("veth", back("198.18.1.2/32", "198.18.0.1")),
            "packets to 198.18.1.2 go round in a circle: tester > dut > tester");
  EXPECT_EQ(fault_with("veth", back("2001:2:0:1::2/128", "2001:2::1")),
            "packets to 2001:2:0:1::2 go round in a circle: tester > dut > tester");
  EXPECT_EQ(fault_of(stage::shipped("veth").text + back("198.18.1.2/32", "198.18.0.1"))
                .find(place_after("veth", 3)),
            0u);
  EXPECT_EQ(fault_with("ipvlan-l3", back("0.0.0.0/0", "198.18.0.1")), "")
      << "ipvlan takes packets before routes do";
  EXPECT_EQ(fault_with("vrf", back("198.18.1.2/32", "198.18.0.1")), "") << "the vrf has a table of its own";
  const std::string by_tunnel = "[[route]]\nnode = \"far\"\nto = \"198.18.1.2/32\"\ndevice = \"gre1\"\n";
  EXPECT_EQ(fault_with("gre", by_tunnel),
            "packets to 198.18.1.2 go round in a circle: tester > dut > far > dut");
}

TEST(TopologyFile, ABridgeIsNoPortOfABridge) {
  EXPECT_EQ(fault_of(kGood + bridge("br0", "01") + bridge("br1", "02", "master = \"br0\"\n")),
            "f.toml:33:10: a bridge can't be a port of a bridge: join them by a veth pair");
}

TEST(TopologyFile, ASwitchOfOpenVSwitchIsHeldToABridgesRules) {
  const auto ovs = [](const char* name, const char* more = "") {
    return fmt::format("[[device]]\nat = \"b/{}\"\nkind = \"ovs\"\n{}", name, more);
  };
  EXPECT_EQ(fault_of(kGood + ovs("br0", "datapath = \"userspace\"\n")), "");
  EXPECT_EQ(fault_of(kGood + ovs("br0", "datapath = \"dpdk\"\n")),
            "f.toml:28:12: 'datapath' must be one of \"auto\", \"kernel\", \"userspace\"");
  EXPECT_EQ(fault_of(kGood + ovs("br0") + bridge("br1", "02", "master = \"br0\"\n")),
            "f.toml:32:10: a bridge can't be a port of a bridge: join them by a veth pair");
  EXPECT_EQ(fault_of(kGood + ovs("br0", "ipv4 = [\"198.18.9.1/24\"]\n")),
            "f.toml:28:8: a device of kind ovs has no addresses");
  EXPECT_EQ(fault_of(kGood + ovs("br0") + pair("p", "br0", "br0")),
            "f.toml:31:8: 'b/p0' and 'b/p1' close a ring of bridges");
  EXPECT_EQ(fault_of(kGood + ovs("br0", "mac = \"02:00:00:00:00:07\"\n")), "f.toml:28:1: unknown key 'mac'");
}

TEST(TopologyFile, WireGuardsPeerIsAtAnAddressOfItsNode) {
  const auto end = [](const char* at, const char* peer, const char* remote) {
    return fmt::format("[[device]]\nat = \"{}\"\nkind = \"wireguard\"\npeer = \"{}\"\nremote = \"{}\"\n", at,
                       peer, remote);
  };
  const std::string there = end("a/wg", "b/wg", "198.18.0.2"), back = end("b/wg", "a/wg", "198.18.0.1");
  EXPECT_EQ(fault_of(kGood + there + back), "");
  EXPECT_EQ(fault_of(kGood + there + end("b/wg", "a/wg", "198.18.0.2")),
            "f.toml:34:10: no device of node 'a' has the address 198.18.0.2");
  EXPECT_EQ(fault_of(kGood + there), "f.toml:28:8: there is no device 'b/wg'");
  EXPECT_EQ(fault_of(kGood + end("a/wg", "a/x", "198.18.0.1")),
            "f.toml:28:8: 'a/x' does not name 'a/wg' as its peer");
}

TEST(TopologyFile, NothingIsItsOwnPort) {
  const std::string vrf =
      "[[device]]\nat = \"b/vrf0\"\nkind = \"vrf\"\ntable = 7\nmaster = \"br0\"\nmac = "
      "\"02:00:00:00:01:02\"\n";
  EXPECT_EQ(fault_of(kGood + bridge("br0", "01") + vrf), "");
  EXPECT_EQ(fault_of(kGood + bridge("br0", "01", "master = \"vrf0\"\n") + vrf),
            "f.toml:29:10: 'b/br0' is in the end its own port");
}

TEST(TopologyFile, MacvlanStandsOnADeviceDeclaredBefore) {
  const std::string head = "[[device]]\nat = \"b/m0\"\nkind = \"macvlan\"\nmac = \"02:00:00:00:00:09\"\n";
  EXPECT_EQ(fault_of(kGood + head), "f.toml:25:1: a macvlan needs a 'lower' device");
  EXPECT_EQ(fault_of(kGood + head + "lower = \"b/m0\"\n"), "f.toml:29:9: 'b/m0' must be declared before");
  EXPECT_EQ(fault_of(kGood + head + "lower = \"b/y\"\nmode = \"brigde\"\n"),
            "f.toml:30:8: 'mode' must be one of \"private\", \"vepa\", \"bridge\", \"passthru\"");
}

TEST(TopologyFile, AnIpvlanHasTheMacOfItsLowerDevice) {
  const std::string head = "[[device]]\nat = \"b/i0\"\nkind = \"ipvlan\"\nlower = \"b/y\"\n";
  EXPECT_EQ(fault_of(kGood + head + "mac = \"02:00:00:00:00:09\"\n"),
            "f.toml:29:7: the MAC address here is that of the lower device, 02:00:00:00:00:02");
  std::string two = kGood + head + "mac = \"02:00:00:00:00:02\"\n";
  EXPECT_EQ(fault_of(two), "");
  two += head + "mac = \"02:00:00:00:00:02\"\n";
  EXPECT_EQ(fault_of(two.replace(two.rfind("i0"), 2, "i1")), "");
}

TEST(TopologyFile, AVlanMayHaveTheMacOfItsLowerDeviceAndNeedsAnId) {
  const std::string head =
      "[[device]]\nat = \"b/y.7\"\nkind = \"vlan\"\nlower = \"b/y\"\nmac = \"02:00:00:00:00:02\"\n";
  EXPECT_EQ(fault_of(kGood + head + "id = 7\n"), "");
  EXPECT_EQ(fault_of(kGood + head), "f.toml:25:1: 'id' is missing");
  EXPECT_EQ(fault_of(kGood + head + "id = 4095\n"),
            "f.toml:30:6: 'id' must be a whole number from 0 to 4094");
  EXPECT_EQ(fault_of(kGood + head + "id = 7\nprotocol = \"802.1q\"\n"),
            "f.toml:31:12: 'protocol' must be one of \"802.1Q\", \"802.1ad\"");
}

TEST(TopologyFile, ATunnelNamesItsEnds) {
  const std::string head = "[[device]]\nat = \"b/gre1\"\nkind = \"gre\"\nlocal = \"198.18.0.2\"\n";
  EXPECT_EQ(fault_of(kGood + head + "remote = \"198.18.0.1\"\n"), "");
  EXPECT_EQ(fault_of(kGood + head), "f.toml:25:1: 'remote' is missing");
  std::string stranger = kGood + head + "remote = \"198.18.0.1\"\n";
  stranger.replace(stranger.find("local = \"198.18.0.2\""), 20, "local = \"198.18.0.3\"");
  EXPECT_EQ(fault_of(stranger), "f.toml:28:9: no device of node 'b' has the address 198.18.0.3");
  const std::string asked = "[[neighbour]]\non = \"b/y\"\nowner = \"b/gre1\"\nips = [\"198.18.0.1\"]\n";
  EXPECT_EQ(fault_of(kGood + head + "remote = \"198.18.0.1\"\n" + asked),
            "f.toml:32:9: 'b/gre1' has no MAC address");
  EXPECT_EQ(fault_of(kGood + head + "remote = \"2001:2::1\"\n"),
            "f.toml:29:10: 'remote' must be an IPv4 address such as 198.18.2.1");
  EXPECT_EQ(fault_of(kGood + head + "remote = \"198.18.0.1\"\nmac = \"02:00:00:00:00:09\"\n"),
            "f.toml:30:1: unknown key 'mac'");
}

TEST(TopologyFile, MissingOnesNameWhatThereIs) {
  const auto t = find_topology("unheard-of", stage::shipped("host").file.parent_path());
  ASSERT_FALSE(t);
  EXPECT_EQ(t.error().code, Exit::kMissing);
  EXPECT_EQ(t.error().what, "unknown topology 'unheard-of'");
  EXPECT_TRUE(t.error().hint.find("geneve, gre, host, ") != std::string::npos) << t.error().hint;
  EXPECT_EQ(load_topology("/nonexistent/x.toml").error().code, Exit::kMissing);
}

}  // namespace
}  // namespace hopcost::nsglue
