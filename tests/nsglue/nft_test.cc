// The packet filter's rules of published ports: as nft(8) reads them, all or none, and drift of theirs is
// named.
#include "nsglue/kernel/nft.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdio.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "base/netns.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/kernel/netfilter_hold.h"
#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

/// What `nft` says in a namespace.
std::string nft(const std::string& netns, const std::string& arguments) {
  auto inside = NetnsScope::enter(netns);
  EXPECT_TRUE(inside);
  FILE* pipe = popen(fmt::format("PATH=$PATH:/usr/sbin nft {} 2>&1", arguments).c_str(), "r");
  std::string said;
  char piece[4096];
  while (const std::size_t got = fread(piece, 1, sizeof piece, pipe)) said.append(piece, got);
  EXPECT_EQ(pclose(pipe), 0) << said;
  return said;
}

// The kernel counts chains of all namespaces together, so these have to stand somewhere.
TEST(NetfilterHold, HasAChainAtEachHookOfIpUntilItIsClosed) {
  NEEDS_NAMESPACES();
  const auto held = hold_netfilter();
  ASSERT_TRUE(held) << hopcost::describe(held.error());
  const std::string said = nft(fmt::format("/proc/self/fd/{}", held->get()), "list ruleset");
  for (const char* family : {"ip", "ip6"})
    EXPECT_NE(said.find(fmt::format("table {} hopcost", family)), std::string::npos);
  for (const char* hook : {"prerouting", "input", "forward", "output", "postrouting"}) {
    const std::string chain = fmt::format("hook {} priority filter; policy accept;", hook);
    const std::size_t first = said.find(chain);
    ASSERT_NE(first, std::string::npos) << hook << " is not in\n" << said;
    EXPECT_NE(said.find(chain, first + 1), std::string::npos) << hook << " of one family alone";
  }
}

class Nft : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_MODE(topology_);
    const auto built = up(topology_, name_);
    ASSERT_TRUE(built) << hopcost::describe(built.error());
  }
  [[nodiscard]] std::string netns(const std::string& node) const { return "hc-" + name_ + "-" + node; }
  void expect_drift(const std::string& node, const std::string& change, const std::string& told) {
    nft(netns(node), change);
    const auto drifts = check(topology_, name_);
    ASSERT_TRUE(drifts) << hopcost::describe(drifts.error());
    ASSERT_EQ(drifts->size(), 1u) << change;
    EXPECT_EQ(text(drifts->front()), netns(node) + ": " + told);
  }

  const Topology topology_ = stage::shipped("bridge-nat");
  const std::string name_ = stage::instance("nft");
  const stage::Cleanup cleanup_{name_};
};

TEST_F(Nft, RulesAreAsNftPrintsThem) {
  const std::string said = nft(netns("dut"), "list ruleset");
  std::size_t rules = 0, at = 0;
  for (const NftTable& table : tables_of(topology_, "dut")) {
    for (const NftRule& rule : table.rules) {
      at = said.find("\t\t" + rule.text() + "\n", at);
      ASSERT_NE(at, std::string::npos) << rule.text() << "\nis not, or not in its place, in\n" << said;
      ++rules;
    }
  }
  EXPECT_EQ(rules, 12u) << "six of each family";
  EXPECT_EQ(nft(netns("container"), "list ruleset"), "");
}

TEST_F(Nft, AFlushedChainIsDrift) {
  expect_drift(
      "dut", "flush chain ip hopcost prerouting",
      "table ip chain prerouting rule 1 expected fib daddr type local iifname != \"br0\" udp dport 9 dnat to "
      "198.18.1.2:9 found nothing");
}

TEST_F(Nft, ARuleMoreIsDrift) {
  expect_drift("dut", "add rule ip6 hopcost forward accept",
               "table ip6 chain forward expected 4 rules found 5");
}

TEST_F(Nft, AnotherRuleInItsPlaceIsDrift) {
  nft(netns("dut"), "flush chain ip hopcost postrouting");
  expect_drift(
      "dut", "'add rule ip hopcost postrouting ip saddr 198.18.2.0/24 oifname != \"br0\" masquerade'",
      "table ip chain postrouting rule 1 expected ip saddr 198.18.1.0/24 oifname != \"br0\" masquerade found "
      "another rule");
}

TEST_F(Nft, APolicyIsDrift) {
  expect_drift(
      "dut", "'add chain ip hopcost forward { policy accept; }'",
      "table ip chain forward expected filter hook 2 priority 0 policy drop found filter hook 2 priority 0 "
      "policy accept");
}

TEST_F(Nft, ATableOfOthersIsDriftInAnyNode) {
  expect_drift("container", "add table inet theirs", "table inet theirs expected nothing found a table");
}

/// What rules do besides comparing headers, rule by rule, sorted: the expressions that nft shows of them.
std::vector<std::string> expressions(const std::string& netns, const std::string& family) {
  std::istringstream said(nft(netns, "--debug=netlink list ruleset"));
  std::vector<std::string> found;
  bool of_family = false;  // "ip nat PREROUTING 3" is before each rule
  for (std::string line; std::getline(said, line);) {
    if (!line.empty() && line.front() != ' ' && line.front() != '\t')
      of_family = line.starts_with(family + " ");
    if (!of_family) continue;
    for (const char* kind : {"  [ match ", "  [ target ", "  [ counter ", "  [ immediate ", "  [ meta ",
                             "  [ fib ", "  [ ct ", "  [ nat ", "  [ masq "})
      if (line.starts_with(kind)) found.push_back(line);
  }
  std::ranges::sort(found);
  return found;
}

// The same rules, given to the program itself.
TEST(NftIptables, RulesAreThoseThatTheProgramWrites) {
  const Topology topology = stage::shipped("bridge-nat-iptables");
  NEEDS_MODE(topology);
  const std::string name = stage::instance("iptables");
  const stage::Cleanup cleanup(name);
  const auto built = up(topology, name);
  ASSERT_TRUE(built) << hopcost::describe(built.error());
  const std::string dut = "hc-" + name + "-dut", container = "hc-" + name + "-container";
  const auto ours = expressions(dut, "ip");
  EXPECT_EQ(ours.size(), expressions(dut, "ip6").size());
  {
    auto inside = NetnsScope::enter(container);  // it has no rules
    ASSERT_TRUE(inside);
    for (const char* words : {"-t nat -A PREROUTING -m addrtype --dst-type LOCAL ! -i br0 -p udp -m udp "
                              "--dport 9 -j DNAT --to-destination "
                              "198.18.1.2:9",
                              "-t nat -A POSTROUTING -s 198.18.1.0/24 ! -o br0 -j MASQUERADE",
                              "-A FORWARD -o br0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
                              "-A FORWARD -d 198.18.1.2/32 ! -i br0 -o br0 -p udp -m udp --dport 9 -j ACCEPT",
                              "-A FORWARD -i br0 ! -o br0 -j ACCEPT", "-A FORWARD -i br0 -o br0 -j ACCEPT"})
      ASSERT_EQ(std::system(fmt::format("PATH=$PATH:/usr/sbin iptables-nft {}", words).c_str()), 0) << words;
  }
  EXPECT_EQ(ours, expressions(container, "ip"));
}

// A device that masquerades has the postrouting chain alone: nothing is dropped. Without an address of a
// family it has no rule there.
TEST(NftTables, OfADeviceThatMasquerades) {
  Topology topology = stage::shipped("bridge-nat");
  topology.published.clear();
  for (Device& d : topology.devices) d.masquerade = d.at.text() == "dut/d0";
  auto tables = tables_of(topology, "dut");
  ASSERT_EQ(tables.size(), 2u);
  for (const NftTable& t : tables) {
    ASSERT_EQ(t.chains.size(), 1u);
    EXPECT_STREQ(t.chains.front().name, "postrouting");
    ASSERT_EQ(t.rules.size(), 1u);
    EXPECT_EQ(t.rules.front().text(), "oifname \"d0\" masquerade");
  }
  EXPECT_TRUE(tables_of(topology, "container").empty());
  for (Device& d : topology.devices) d.ipv6.clear();
  EXPECT_EQ(tables_of(topology, "dut").size(), 1u);
  EXPECT_EQ(tables_of(stage::shipped("bridge-nat"), "dut").front().chains.size(), 3u);
}

// What no topology of ours has a use for, and a device's filters have (hopcost device).
TEST(NftTables, BlockAndLetPassByNetwork) {
  NEEDS_NAMESPACES();
  const auto tried = in_scratch_namespace([&]() -> Result<void> {
    auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
    if (!netfilter) return forward(netfilter);
    std::deque<NftTable> tables;
    tables.emplace_back().family = AF_INET6;
    NftTable& t = tables.front();
    t.chains = {{"forward", "filter", kNftForward, kNftFilter, true}};
    t.rules.emplace_back(AF_INET6, "forward")
        .from_net(*parse_prefix("2001:2::1:1"))
        .to_net(*parse_prefix("2001:2::101:1"))
        .drop();
    t.rules.emplace_back(AF_INET6, "forward").to_net(*parse_prefix("2001:2:0:8000::/49")).accept();
    if (auto made = make_tables(*netfilter, tables); !made) return made;
    const std::string said = nft("", "list ruleset");
    EXPECT_EQ(t.rules[0].text(), "ip6 saddr 2001:2::1:1 ip6 daddr 2001:2::101:1 drop");
    EXPECT_EQ(t.rules[1].text(), "ip6 daddr 2001:2:0:8000::/49 accept");
    EXPECT_NE(said.find("\t\t" + t.rules[0].text() + "\n\t\t" + t.rules[1].text() + "\n"), std::string::npos)
        << said;
    return {};
  });
  EXPECT_TRUE(tried) << hopcost::describe(tried.error());
}

TEST(NftTables, AreMadeAllOrNone) {
  const Topology topology = stage::shipped("bridge-nat");
  NEEDS_MODE(topology);
  const auto tried = in_scratch_namespace([&]() -> Result<void> {
    auto netfilter = netlink::Socket::open(NETLINK_NETFILTER);
    if (!netfilter) return forward(netfilter);
    auto tables = tables_of(topology, "dut");
    tables.back().chains[1].type = "teleport";
    EXPECT_FALSE(make_tables(*netfilter, tables));
    auto good = tables_of(topology, "dut");
    EXPECT_EQ(compare_tables(*netfilter, good)->size(), 2 * (3u + 6u)) << "nothing stands";
    if (auto made = make_tables(*netfilter, good); !made) return made;
    EXPECT_TRUE(compare_tables(*netfilter, good)->empty());
    return {};
  });
  EXPECT_TRUE(tried) << hopcost::describe(tried.error());
}

}  // namespace
}  // namespace hopcost::nsglue
