// What people are shown of a mode that stands: only what is not quiet.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <nlohmann/json.hpp>

#include "base/netns.h"
#include "nsglue/check/quiet.h"
#include "nsglue/kernel/files.h"
#include "nsglue/kernel/offloads.h"
#include "nsglue/nsglue.h"
#include "nsglue/show/show_text.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

/// What is not quiet of a mode, without the host's own.
std::vector<Unquiet> unquiet_of(const Topology& topology, const std::string& instance) {
  const auto read = settings(topology, instance);
  EXPECT_TRUE(read) << hopcost::describe(read.error());
  auto all = unquiet(topology, *read);
  std::erase_if(all, [](const Unquiet& u) { return u.where == "host"; });
  return all;
}

std::string text_of(const std::vector<Unquiet>& all) {
  std::string text;
  for (const Unquiet& u : all) text += u.where + " " + u.setting + " " + u.value + " not " + u.quiet + "; ";
  return text;
}

TEST(Show, AQuietModeHasNothingToTellButWhatItsFileDeclares) {
  NEEDS_NAMESPACES();
  const std::pair<const char*, const char*> expected[] = {
      {"host", ""},
      {"bridge", ""},
      {"vxlan", ""},
      {"nested-bridge", ""},
      {"tc-redirect", ""},
      {"xdp-redirect", "container/eth0 gro on not off; "},
      {"bridge-nat", "dut net.ipv4.ip_forward 1 not 0; dut net.ipv6.conf.all.forwarding 1 not 0; "},
      {"macvlan", "container/eth0 tso on not off; container/eth0 tx_checksum on not off; "},
      {"veth", "dut net.ipv4.ip_forward 1 not 0; dut net.ipv6.conf.all.forwarding 1 not 0; "}};
  for (const auto& [mode, differs] : expected) {
    if (!stage::lacking(stage::shipped(mode)).empty()) continue;
    const std::string name = stage::instance(std::string("show-") + mode);
    const stage::Cleanup cleanup(name);
    ASSERT_TRUE(up(stage::shipped(mode), name));
    EXPECT_EQ(text_of(unquiet_of(stage::shipped(mode), name)), differs) << mode;
  }
}

TEST(Show, RulesOfPublishedPortsAreListed) {
  const Topology t = stage::shipped("bridge-nat");
  NEEDS_MODE(t);
  const std::string name = stage::instance("show-nat");
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up(t, name));
  const std::string text = show_text(t, settings(t, name).value());
  EXPECT_NE(text.find("  packet filter:\n    dut  ip prerouting    fib daddr type local iifname != \"br0\" "
                      "udp dport 9 dnat to "
                      "198.18.1.2:9\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("    dut  ip6 forward      iifname != \"br0\" oifname \"br0\" ip6 daddr 2001:2:0:1::2 "
                      "udp dport 9 accept\n"),
            std::string::npos)
      << text;
}

TEST(Show, WhatSomebodyChangedIsTold) {
  NEEDS_NAMESPACES();
  Topology bridge = stage::shipped("bridge");
  bridge.nodes[0].sysctls["net.ipv4.ip_local_port_range"] = "2000 3000";
  for (Device& d : bridge.devices) {
    if (d.kind == "bridge") d.options["mcast_snooping"] = "1";
    if (d.at.device == "v0") d.port["hairpin"] = "1";
    if (d.at.device == "eth0") d.txqueuelen = 7;
  }
  const std::string name = stage::instance("show");
  const stage::Cleanup cleanup(name);
  const auto built = up(bridge, name);
  ASSERT_TRUE(built) << hopcost::describe(built.error());
  {
    auto inside = NetnsScope::enter("hc-" + name + "-dut");
    ASSERT_TRUE(inside);
    const Fd socket(::socket(AF_INET, SOCK_DGRAM, 0));
    ASSERT_TRUE(set_offloads(socket.get(), "d0", {{"gro", true}}));
    ASSERT_TRUE(write_sysctl("net.ipv4.udp_early_demux", "0"));
  }
  const std::string all = text_of(unquiet_of(bridge, name));
  for (const char* part :
       {"tester net.ipv4.ip_local_port_range 2000 3000 not not set; ",
        "dut net.ipv4.udp_early_demux 0 not 1; ", "dut/br0 mcast_snooping 1 not 0; ",
        "dut/d0 gro on not off; ", "dut/v0 hairpin 1 not 0; ", "container/eth0 txqueuelen 7 not 1000; "})
    EXPECT_NE(all.find(part), std::string::npos) << part << "is not in " << all;
  EXPECT_EQ(std::ranges::count(all, ';'), 6) << all;
}

TEST(Show, DevicesStandInThePathsOrderAndOneThatIsGoneIsTold) {
  NEEDS_NAMESPACES();
  const Topology bridge = stage::shipped("bridge");
  const std::string name = stage::instance("rows");
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up(bridge, name));
  auto read = settings(bridge, name);
  ASSERT_TRUE(read);
  (*read)["host"] = nlohmann::json::object();
  EXPECT_EQ(show_text(bridge, *read),
            "  device          kind    state  mtu   qdisc    xdp\n"
            "  tester/t0       veth    up     1500  noqueue  -\n"
            "  dut/d0          veth    up     1500  noqueue  -\n"
            "  dut/br0         bridge  up     1500  noqueue  -\n"
            "  dut/v0          veth    up     1500  noqueue  -\n"
            "  container/eth0  veth    up     1500  noqueue  -\n"
            "\n"
            "  all else is quiet\n");
  (*read)["nodes"]["container"]["devices"].erase("eth0");
  (*read)["nodes"]["dut"]["devices"]["d0"]["xdp"] = true;
  auto& stranger = (*read)["nodes"]["dut"]["devices"]["x0"] = (*read)["nodes"]["dut"]["devices"]["v0"];
  stranger["promiscuity"] = 0;
  stranger["disable_ipv6"] = "1";
  const std::string changed = show_text(bridge, *read);
  EXPECT_NE(changed.find("  container/eth0  veth    gone\n"), std::string::npos) << changed;
  EXPECT_NE(changed.find("  dut/d0          veth    up     1500  noqueue  yes\n"), std::string::npos)
      << changed;
  EXPECT_NE(changed.find("  dut/x0          veth    up     1500  noqueue  -\n"), std::string::npos)
      << changed;
  stranger["state"] = "down";
  EXPECT_EQ(show_text(bridge, *read).find("x0"), std::string::npos);
}

TEST(Show, AllHoldsEverySetting) {
  NEEDS_NAMESPACES();
  const Topology host = stage::shipped("host");
  const std::string name = stage::instance("all");
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up(host, name));
  const std::string text = all_settings_text(*settings(host, name));
  std::ptrdiff_t leaves = 0;
  const auto read = settings(host, name)->flatten();
  for (const auto& [path, value] : read.items()) {
    const bool empty = path.ends_with("/options") || path.ends_with("/port");  // a veth has neither
    leaves += !empty && (path.starts_with("/host/") || path.starts_with("/nodes/"));
  }
  EXPECT_GT(leaves, 50);
  EXPECT_EQ(std::ranges::count(text, '\n'), leaves) << text;
  EXPECT_NE(text.find("dut/d0"), std::string::npos);
  EXPECT_NE(text.find("offloads.gro"), std::string::npos);
}

}  // namespace
}  // namespace hopcost::nsglue
