// Chains: the cost of one hop and whether a line is what the costs are on, of builds whose costs are given.
#include "campaign/figures/chains.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "campaign/result/result_json.h"
#include "campaign/result/table.h"
#include "synthetic.h"

namespace hopcost::campaign {
namespace {

const std::vector<std::string> kChain = {"host", "bridge", "bridge-2", "bridge-4", "bridge-8"};
constexpr double kHops[] = {1, 2, 4, 8};

/// Builds of a machine on which the k-th mode costs `cost(hops)` on average, and each build's instance of it
/// something of its own.
Measured builds_of(double (*cost)(double hops), int builds, double sd, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0, sd);
  std::vector<std::vector<double>> costs;
  for (int b = 0; b < builds; ++b) {
    auto& own = costs.emplace_back();
    for (const double hops : kHops) own.push_back(cost(hops) + noise(random));
  }
  Measured m =
      given_builds(costs, std::vector<double>(costs.size(), 0), std::vector<double>(costs.size(), 0));
  for (std::size_t i = 0; i < kChain.size(); ++i) m.lanes[i].name = m.topologies[i] = kChain[i];
  return m;
}

double straight(double hops) {
  return 300 + 40 * hops;
}
double bent(double hops) {
  return 300 + 40 * hops + (hops == 8 ? 60 : 0);
}

Chain chain_of(const Measured& m) {
  const auto chains = chains_of(m, 0, speed_of(m, 0));
  EXPECT_EQ(chains.size(), 1u);
  return chains.empty() ? Chain{} : chains.front();
}

TEST(Chains, NamesTellTheNumberOfHops) {
  EXPECT_EQ(hops_by_name("bridge"), std::pair(std::string("bridge"), 1u));
  EXPECT_EQ(hops_by_name("bridge-8"), std::pair(std::string("bridge"), 8u));
  EXPECT_EQ(hops_by_name("bridge-nat"), std::pair(std::string("bridge-nat"), 1u));
  EXPECT_EQ(hops_by_name("ipvlan-l2"), std::pair(std::string("ipvlan-l2"), 1u));
  EXPECT_EQ(hops_by_name("bridge-1"), std::pair(std::string("bridge-1"), 1u));
}

TEST(Chains, ModesThatHaveNothingInARowAreNone) {
  Measured m = builds_of(straight, 8, 3, 1);
  for (std::size_t i = 1; i < kChain.size(); ++i) m.topologies[i] = "mode" + std::string(i, 'x');
  EXPECT_TRUE(chains_of(m, 0, speed_of(m, 0)).empty());
}

// Over 400 runs of 24 builds a 95 % interval misses in 20 of them, in 33 at most but for one case in 200; a
// test at 5 % that is safe by Holm is false at most as often.
TEST(Chains, IntervalsHoldTheSlopeAndALineIsSeldomDenied) {
  int missed = 0, denied = 0, noticed = 0;
  constexpr int kRuns = 400;
  for (int run = 0; run < kRuns; ++run) {
    const Chain line = chain_of(builds_of(straight, 24, 12, static_cast<std::uint64_t>(run)));
    missed += !line.slope.shift().ci.holds(40);
    denied += line.p_straight.value() < 0.05;
    noticed += chain_of(builds_of(bent, 24, 12, static_cast<std::uint64_t>(run))).p_straight.value() < 0.05;
  }
  EXPECT_LE(missed, 33);
  EXPECT_LE(denied, 33);
  EXPECT_GT(noticed, kRuns * 9 / 10) << "a bend of 60 ns at the last mode";
}

TEST(Chains, ResidualsSayWhereTheLineIsLeft) {
  const Chain c = chain_of(builds_of(bent, 24, 1, 7));
  ASSERT_EQ(c.modes.size(), 4u);
  // By hand: the line through 1, 2, 4, 8 of what is 60 at 8 and 0 elsewhere has slope 8.87 and leaves these.
  EXPECT_NEAR(c.slope.shift().estimate, 40 + 8.87, 0.5);
  const double expected[] = {9.39, 0.52, -17.22, 7.30};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(c.modes[i].residual.shift().estimate, expected[i], 1) << i;
  EXPECT_LT(c.p_straight.value(), 0.05);
}

TEST(Chains, TwoModesHaveASlopeAndNoFit) {
  Measured m = builds_of(straight, 12, 3, 3);
  m.topologies[3] = "other";
  m.topologies[4] = "another";
  const Chain c = chain_of(m);
  ASSERT_EQ(c.modes.size(), 2u);
  EXPECT_NEAR(c.slope.shift().estimate, 40, 6);
  EXPECT_FALSE(c.p_straight);
}

TEST(Chains, AreInTheResultAndTheTable) {
  const Measured m = builds_of(straight, 12, 3, 5);
  const Config config;
  const nlohmann::json r = result_json({}, config, m, analyse(m, 1), {});
  ASSERT_EQ(r["chains"].size(), 1u);
  EXPECT_EQ(r["chains"][0]["of"], "bridge");
  EXPECT_EQ(r["chains"][0]["modes"][2]["hops"], 4);
  EXPECT_NEAR(r["chains"][0]["slope"]["estimate_ns"], 40, 3);
  EXPECT_NE(render_table(r).find("one more hop of bridge: +"), std::string::npos);
}

}  // namespace
}  // namespace hopcost::campaign
