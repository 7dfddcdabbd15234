// Files that adopt namespaces: what they may say, and that what is written is read back.
#include <gtest/gtest.h>

#include "nsglue/topology/topology.h"
#include "nsglue/topology/write.h"

namespace hopcost::nsglue {
namespace {

constexpr const char* kFile = R"(
name = "web"
[path]
sender = "tester/t0"
target = "container/eth0"
addressed = "dut/d0"
next_hop = "dut/d0"
[[node]]
name = "tester"
adopts = "netns:tester"
[[node]]
name = "dut"
adopts = "here"
[[node]]
name = "container"
adopts = "docker:web"
[[device]]
at = "tester/t0"
kind = "nic"
mac = "02:68:63:00:00:01"
[[device]]
at = "dut/d0"
kind = "veth"
mac = "02:68:63:00:00:01"
master = "br0"
port = { hairpin = true }
ipv4 = ["198.18.0.2/24", "198.18.0.3/24"]
[[device]]
at = "dut/br0"
kind = "bridge"
mac = "02:68:63:00:00:01"
ageing_time = 100
vlan_filtering = true
[[device]]
at = "container/eth0"
kind = "macvlan"
lower = "dut/d0"
mode = "vepa"
mtu = 1400
offloads = { gro = true }
[[publish]]
bridge = "dut/br0"
to = "container/eth0"
port = 53
inside = 5353
[[tap]]
name = "wire"
at = "dut/d0"
direction = "in"
[[sink]]
node = "container"
port = 5353
)";

std::string fault(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  auto t = parse_topology(text, "x.toml");
  return t ? std::string() : t.error().what;
}

TEST(AdoptedFile, IsReadAsItIs) {
  auto t = parse_topology(kFile, "x.toml");
  ASSERT_TRUE(t) << describe(t.error());
  EXPECT_TRUE(t->adopted());
  EXPECT_FALSE(t->from_outside());
  EXPECT_EQ(t->port(), 53) << "the one that packets carry when they start";
  EXPECT_EQ(t->published[0].inside, 5353);
  EXPECT_EQ(t->find({"tester", "t0"})->kind, "nic");
  EXPECT_EQ(t->namespace_of("i", "container"), "docker:web") << "not located yet";
  t->nodes[2].netns = "/proc/7/ns/net";
  EXPECT_EQ(t->namespace_of("i", "container"), "/proc/7/ns/net");
}

TEST(AdoptedFile, IsWrittenAsItIsRead) {
  auto t = parse_topology(kFile, "x.toml");
  ASSERT_TRUE(t);
  const std::string text = toml_text(*t);
  auto again = parse_topology(text, "again.toml");
  ASSERT_TRUE(again) << describe(again.error()) << "\n" << text;
  EXPECT_EQ(toml_text(*again), text);
  for (const char* wanted :
       {"adopts = \"docker:web\"", "mode = \"vepa\"", "ageing_time = 100", "vlan_filtering = true",
        "inside = 5353", "ipv4 = [\"198.18.0.2/24\", \"198.18.0.3/24\"]", "gro = true",
        "port = { hairpin = true"})
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << " in\n" << text;
}

TEST(AdoptedFile, AdoptsAllOrNothing) {
  EXPECT_NE(
      fault(kFile, "adopts = \"here\"\n", "").find("either every node adopts a namespace, or none does"),
      std::string::npos);
  EXPECT_NE(fault(kFile, "adopts = \"here\"\n", "adopts = \"here\"\nsysctls = [\"net.ipv4.ip_forward=1\"]\n")
                .find("an adopted namespace is left as it is"),
            std::string::npos);
  EXPECT_NE(fault(kFile, "lower = \"dut/d0\"", "lower = \"dut/d9\"").find("there is no device 'dut/d9'"),
            std::string::npos);
}

}  // namespace
}  // namespace hopcost::nsglue
