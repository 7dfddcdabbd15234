// Known costs go in, drift and noise on top; the figures must find them, and must say when they can't.
#include "campaign/figures/analysis.h"

#include <gtest/gtest.h>

#include <cmath>

#include "campaign/figures/contrasts.h"
#include "campaign/figures/speed.h"
#include "campaign/figures/undisturbed.h"
#include "stats/normal.h"
#include "tests/hopcost/figure_checks.h"
#include "tests/hopcost/synthetic.h"

namespace hopcost::campaign {
namespace {

TEST(OverBuilds, SplitsTheScatterIntoWithinAndBetween) {
  // Figures 0, 10, ..., 50 with errors of 5: variance 350, of which 25 is the scatter within.
  ByBuild figures;
  for (const double v : {30.0, 0.0, 50.0, 20.0, 10.0, 40.0}) figures.push_back(Spread{v, 5, 24});
  const OverBuilds o = over_builds(figures);
  EXPECT_TRUE(o.known());
  EXPECT_DOUBLE_EQ(o.shift().estimate, 25);
  EXPECT_NEAR(*o.between_sd, std::sqrt(350.0 - 25.0), 1e-9);
  EXPECT_NEAR(o.within_se, 5 / std::sqrt(6.0), 1e-9);
  EXPECT_NEAR(o.within.hi - 25, 1.96 * 5 / std::sqrt(6.0), 1e-3);
  EXPECT_NEAR(o.within.lo - 25, -1.96 * 5 / std::sqrt(6.0), 1e-3);
}

TEST(OverBuilds, NeverTakesOffMoreScatterThanThereIs) {
  EXPECT_EQ(*over_builds({Spread{1, 9, 24}, Spread{2, 9, 24}, Spread{3, 9, 24}}).between_sd, 0);
}

TEST(OverBuilds, OneBuildHasAnEstimateAndSixAnInterval) {
  EXPECT_EQ(over_builds({}).builds(), 0u);
  const OverBuilds one = over_builds({Spread{7, 1, 24}});
  EXPECT_EQ(one.shift().estimate, 7);
  EXPECT_FALSE(one.known());
  EXPECT_FALSE(one.between_sd);
  const ByBuild five(5, Spread{7, 1, 24}), six(6, Spread{7, 1, 24});
  EXPECT_FALSE(over_builds(five).known());
  EXPECT_TRUE(over_builds(six).known());
}

TEST(OverBuilds, BuildsCountByTheirExactness) {
  ByBuild figures;
  std::vector<double> exactness, tenfold, alike(20, 3);
  for (int i = 0; i < 20; ++i) {
    const bool exact = i % 2 == 0;
    figures.push_back(Spread{100 + (exact ? 1.0 : 30.0) * normal_quantile((i + 0.5) / 20) + (exact ? 0 : 20),
                             exact ? 1.0 : 30.0, 24});
    exactness.push_back(exact ? 1 : 1 / 30.0);
    tenfold.push_back(10 * exactness.back());
  }
  const OverBuilds plain = over_builds(figures), weighed = over_builds(figures, 0, exactness);
  EXPECT_GT(plain.shift().estimate, 104);
  EXPECT_NEAR(weighed.shift().estimate, 100.5, 0.5) << "20 too much in a half that counts a thirtieth";
  EXPECT_LT(weighed.shift().ci.half_width(), 0.2 * plain.shift().ci.half_width());
  EXPECT_NEAR(weighed.within_se, std::sqrt(20.0) / (10 + 10 / 30.0), 1e-9);
  EXPECT_EQ(*weighed.between_sd, *plain.between_sd) << "of the builds as they are";
  EXPECT_NEAR(over_builds(figures, 0, tenfold).shift().ci.lo, weighed.shift().ci.lo, 1e-6);
  EXPECT_NEAR(over_builds(figures, 0, alike).shift().estimate, plain.shift().estimate, 1e-6);
  EXPECT_NEAR(over_builds(figures, 0, alike).within_se, plain.within_se, 1e-9);
}

/// What grows faster than in proportion is brought back as fast: 60 ns, half as fast again.
TEST(Speed, ACostMayGrowFasterThanHost) {
  Slowness speed{.over = {}, .expected = {}, .steady = {}, .undisturbed = 1000, .middle = 1200};
  ByPair costs;
  for (std::size_t b = 0; b < 30; ++b) {
    std::vector<double> over;
    auto& figures = costs.figures.emplace_back();
    auto& instances = costs.instances.emplace_back();
    for (std::size_t i = 0; i < 12; ++i) {
      over.push_back(static_cast<double>((b * 12 + i) % 5) * 100);
      figures.push_back(60 * (1 + 1.5 * over.back() / 1000) + static_cast<double>(i % 3) - 1);
      instances.push_back(0);
    }
    speed.over.push_back(over);
    speed.expected.push_back(over);
    speed.steady.emplace_back(over.size(), true);
  }
  const OverBuilds cost = undisturbed(costs, speed, growth_of(costs, speed));
  EXPECT_NEAR(cost.shift().estimate, 60, 0.5);
  EXPECT_TRUE(cost.shift().ci.holds(60));
}

/// Twenty builds of one instance with these pairs, on a CPU that is always as fast.
struct StillBuilds {
  Slowness speed{.over = {}, .expected = {}, .steady = {}, .undisturbed = 1000, .middle = 1000};
  ByPair costs;
  explicit StillBuilds(const std::vector<double>& pairs) {
    for (std::size_t b = 0; b < 20; ++b) {
      speed.over.emplace_back(pairs.size(), 0);
      speed.expected.emplace_back(pairs.size(), 0);
      speed.steady.emplace_back(pairs.size(), true);
      costs.figures.push_back(pairs);
      costs.instances.emplace_back(pairs.size(), 0);
    }
  }
  [[nodiscard]] OverBuilds cost() const { return undisturbed(costs, speed, {0, 0}); }
};

TEST(Speed, PairsWithinWhichTheSpeedChangedDoNotCount) {
  StillBuilds builds({10, 11, 12, 13, 500, 500, 500, 500, 500});
  for (auto& steady : builds.speed.steady) std::fill(steady.begin() + 4, steady.end(), false);
  EXPECT_EQ(builds.cost().shift().estimate, 11.5);
  for (auto& steady : builds.speed.steady) std::fill(steady.begin() + 2, steady.end(), false);
  EXPECT_EQ(builds.cost().builds(), 0u) << "two are too few";
}

TEST(Speed, AnInstanceThatLostHalfOfItsPairsHasNoFigure) {
  EXPECT_EQ(StillBuilds({10, 11, 12, kInfinite, kInfinite, kInfinite}).cost().builds(), 0u);
  EXPECT_EQ(StillBuilds({10, 11, 12, 13, kInfinite, kInfinite}).cost().shift().estimate, 12.5);
}

// All as exact, whatever their weights' sums are rounded to.
TEST(Speed, AnEvenNumberOfPairsHasItsMedianBetweenTheMiddleTwo) {
  for (const std::size_t n : {8u, 20u, 30u}) {
    std::vector<double> pairs;
    for (std::size_t i = 0; i < n; ++i) pairs.push_back(static_cast<double>(i));
    StillBuilds builds(pairs);
    for (std::size_t b = 0; b < 20; ++b) {  // two speeds, so that weights are no whole numbers
      const double over = b % 2 == 0 ? 0 : 100;
      builds.speed.over[b].assign(n, over);
      builds.speed.expected[b].assign(n, over);
      if (b % 2 == 1)
        std::ranges::transform(pairs, builds.costs.figures[b].begin(), [&](double p) {
          return 1.37 * (p - static_cast<double>(n - 1) / 2) + static_cast<double>(n - 1) / 2;
        });
    }
    EXPECT_NEAR(builds.cost().shift().estimate, static_cast<double>(n - 1) / 2, 1e-9) << n;
  }
}

TEST(Speed, EqualFiguresHaveAFiniteCost) {
  Slowness speed{.over = {}, .expected = {}, .steady = {}, .undisturbed = 1000, .middle = 1100};
  ByPair costs;
  for (std::size_t b = 0; b < 20; ++b) {
    const std::vector<double> over(4, static_cast<double>(b % 3) * 100);
    speed.over.push_back(over);
    speed.expected.push_back(over);
    speed.steady.emplace_back(over.size(), true);
    costs.figures.emplace_back(4, 52);
    costs.instances.emplace_back(4, 0);
  }
  const OverBuilds cost = undisturbed(costs, speed, {0, 0});
  EXPECT_EQ(cost.shift().estimate, 52);
  EXPECT_EQ(cost.shift().ci.half_width(), 0);
}

TEST(Analysis, FindsTheCostUnderDrift) {
  Machine machine;
  machine.drift_ns = 1.5;
  machine.build_sd_ns = 3;
  const Figures f = analyse(Simulation(machine).run(16), 1);
  ASSERT_EQ(f.levels.size(), 1u);
  ASSERT_EQ(f.levels[0].modes.size(), 2u);
  const Cost& cost = cost_of(f, 1);
  EXPECT_TRUE(cost.median.shift().ci.holds(kCost)) << cost.median.shift().estimate;
  EXPECT_LT(cost.median.shift().ci.half_width(), 5);
  EXPECT_EQ(cost.median.builds(), 16u);
  EXPECT_EQ(cost.verdict, "higher");
  EXPECT_FALSE(f.levels[0].modes[0].cost) << "host is the reference";
  EXPECT_TRUE(f.fit) << f.reasons.front();
  EXPECT_EQ(f.regime, "tap");
}

TEST(Analysis, InstancesWidenTheIntervalAndNotTheOneWithin) {
  Machine alike, differing;
  differing.build_sd_ns = 30;
  const Figures f = analyse(Simulation(alike).run(16), 1), g = analyse(Simulation(differing).run(16), 1);
  EXPECT_LT(*cost_of(f, 1).median.between_sd, 6);
  EXPECT_NEAR(*cost_of(g, 1).median.between_sd, 30 * std::sqrt(2.0), 20);
  EXPECT_GT(cost_of(g, 1).median.shift().ci.half_width(), 3 * cost_of(f, 1).median.shift().ci.half_width());
  EXPECT_NEAR(cost_of(g, 1).median.within.half_width(), cost_of(f, 1).median.within.half_width(), 1);
}

TEST(Analysis, TheShareIsOfHostsOwnLatencyInTheSameBuild) {
  const Figures f = analyse(Simulation(Machine{}).run(10), 1);
  const Estimate& share = cost_of(f, 1).share;
  ASSERT_TRUE(share.value && share.known);
  EXPECT_NEAR(*share.value, kCost / 330, 0.02);
  EXPECT_TRUE(share.ci95.lo < *share.value && *share.value < share.ci95.hi);
}

TEST(Analysis, TheShareIsSteadyWhereTheSpeedIsNot) {
  Measured made = given_builds({{100}, {150}, {125}, {200}, {110}, {140}, {120}, {130}},
                               std::vector<double>(8), std::vector<double>(8));
  for (BuildFigures& b : made.builds) {
    auto& lanes = b.levels[0];
    lanes[0].pairs = alike_pairs(24, 4 * lanes[1].against[0]->value);
    lanes[1].pairs = alike_pairs(24, 5 * lanes[1].against[0]->value);
  }
  const Cost cost = contrast(made, 0, speed_of(made, 0), 1, 1);
  EXPECT_DOUBLE_EQ(*cost.share.value, 0.25);
  EXPECT_DOUBLE_EQ(cost.share.ci95.half_width(), 0);
  EXPECT_GT(cost.median.shift().ci.half_width(), 10);
}

// A CPU that is a third slower in most of the pairs, and in most of the builds: the cost is that of the
// others.
TEST(Analysis, ACostIsThatOfTheUndisturbedCpu) {
  constexpr double kSlow = 1.3, kHost = 330;
  int pair = 0;
  const Measured m = Simulation(Machine{}).run(16, [&](SlotResult& s) {
    for (std::size_t r = 0; r < s.lanes[0].pairs.back().size(); ++r) {
      if (++pair % 10 < 2) continue;
      for (LaneSlot& lane : s.lanes) {
        for (auto& point : lane.pairs) point[r] *= kSlow;
      }
    }
  });
  const LevelFigures level = analyse(m, 1).levels[0];
  const Cost& cost = *level.modes[1].cost;
  EXPECT_NEAR(level.speed.undisturbed, kHost, 5);
  EXPECT_NEAR(level.speed.middle, kHost * kSlow, 5);
  EXPECT_NEAR(cost.median.shift().estimate, kCost, 5);
  EXPECT_NEAR(cost.typical.shift().estimate, kCost * kSlow, 10);
  EXPECT_NEAR(cost.median.slope.value, kCost / kHost, 0.05);
  EXPECT_NEAR(*cost.share.value, kCost / kHost, 0.02);
  EXPECT_LT(cost.median.shift().ci.half_width(), 6);
}

TEST(Analysis, ControlsAndPairsAreContrastsToo) {
  Machine machine;
  machine.modes.push_back(bridge_way(100));
  machine.modes.back().name = "macvlan";
  machine.repeat_ns = 12;
  machine.instance_ns = -25;
  const Measured m = Simulation(machine).run(12);
  const LevelFigures level = analyse(m, 1).levels.front();
  ASSERT_TRUE(level.aa && level.instance);
  EXPECT_EQ(m.lanes[level.aa->a].name + " " + m.lanes[level.aa->b].name, "=host host");
  EXPECT_EQ(m.lanes[level.instance->a].name, "host#2");
  EXPECT_NEAR(level.aa->difference.shift().estimate, 12, 3);
  EXPECT_NEAR(level.instance->difference.shift().estimate, -25, 3);
  ASSERT_EQ(level.pairs.size(), 1u);
  EXPECT_EQ(m.lanes[level.pairs[0].a].name + " " + m.lanes[level.pairs[0].b].name, "macvlan bridge");
  EXPECT_NEAR(level.pairs[0].difference.shift().estimate, 100 - kCost, 3);
  EXPECT_TRUE(level.pairs[0].difference.known());
}

TEST(Analysis, AControlThatDiffersIsSaid) {
  Machine machine;
  machine.instance_ns = -25;
  const Figures f = analyse(Simulation(machine).run(12), 1);
  EXPECT_TRUE(says(f.reasons, "host by other instances (host#2) differs by -2"));
  EXPECT_FALSE(says(f.reasons, "host measured twice"));
  EXPECT_TRUE(f.fit) << "a reason, no refusal";
  EXPECT_TRUE(analyse(Simulation(Machine{}).run(12), 1).reasons.empty());
}

TEST(Analysis, QuantilesAreOfAllBuildsWithLossAsInfinity) {
  Machine machine;
  machine.modes[1].lost = 0.02;
  const Measured m = Simulation(machine).run(12);
  const Figures f = analyse(m, 1);
  const auto &host = f.levels[0].modes[0].quantiles, &bridge = f.levels[0].modes[1].quantiles;
  EXPECT_NEAR(*host[0].value, 330, 2);
  EXPECT_TRUE(host[0].known && host[0].ci95.holds(*host[0].value));
  EXPECT_NEAR(*host[1].value, 330 + 1.2816 * 20, 3);
  EXPECT_TRUE(host[2].value);
  EXPECT_NEAR(*bridge[0].value, 680 + 0.5, 3);
  EXPECT_TRUE(bridge[1].value);
  EXPECT_FALSE(bridge[2].value) << "2 % were lost, so the 99th in a hundred never came";
  EXPECT_FALSE(bridge[3].value);
}

TEST(Analysis, ShiftsAreOfTheSameQuantileAndUndefinedWhereItIs) {
  Machine machine;
  const Figures whole = analyse(Simulation(machine).run(24), 1);
  machine.modes[1].lost = 0.02;
  const Figures lossy = analyse(Simulation(machine).run(24), 1);
  const auto &all = cost_of(whole, 1).shift, &some = cost_of(lossy, 1).shift;
  for (const char* name : {"p50", "p90", "p99"}) {
    ASSERT_TRUE(all.contains(name)) << name;
    EXPECT_NEAR(*all.at(name).value, kCost, 6) << name;
    EXPECT_TRUE(all.at(name).known && all.at(name).ci95.half_width() < 10) << name;
  }
  EXPECT_FALSE(all.contains("p999")) << "11520 packets: too few lie beyond it";
  EXPECT_TRUE(some.contains("p90"));
  EXPECT_FALSE(some.contains("p99"));
}

TEST(Analysis, TheWorstModesMdeIsTheRuns) {
  Measured m =
      given_builds({{100, 50}, {90, 51}, {110, 49}, {100, 50}, {85, 52}, {115, 48}, {95, 50}, {105, 50}},
                   std::vector<double>(8), std::vector<double>(8));
  const LevelFigures level = analyse(m, 1).levels.front();
  ASSERT_TRUE(level.mde_ns);
  EXPECT_NEAR(*level.mde_ns, level.modes[1].cost->median.shift().ci.half_width() * (1.96 + 0.8416) / 1.96,
              0.01);
  EXPECT_FALSE(analyse(Simulation(Machine{}).run(3), 1).levels[0].mde_ns);
}

TEST(Analysis, FewBuildsGiveAnEstimateAndWhatWouldDecide) {
  const Figures f = analyse(Simulation(Machine{}).run(3), 1);
  EXPECT_NEAR(cost_of(f, 1).median.shift().estimate, kCost, 5);
  EXPECT_EQ(cost_of(f, 1).verdict, "undecided");
  EXPECT_TRUE(f.fit);
  ASSERT_EQ(f.next.size(), 1u);
  EXPECT_EQ(f.next[0], "bridge: 3 builds give no interval, 6 do: --budget 24s");
}

TEST(Analysis, EachLevelHasItsOwnFigures) {
  Machine machine;
  machine.levels = {Load{}, {5000, 64, 1}};
  const Measured m = Simulation(machine).run(8, [](SlotResult& s) {
    if (s.plan.level == 1)
      for (auto& pairs : s.lanes[1].pairs)
        for (double& p : pairs) p += 70;
  });
  const Figures f = analyse(m, 1);
  ASSERT_EQ(f.levels.size(), 2u);
  EXPECT_NEAR(f.levels[0].modes[1].cost->median.shift().estimate, kCost, 3);
  EXPECT_NEAR(f.levels[1].modes[1].cost->median.shift().estimate, kCost + 70, 3);
  EXPECT_EQ(half_widths(costs_so_far(m)).size(), 2u);
}

// The controls' intervals are no costs: they do not keep a run from ending.
TEST(Analysis, HalfWidthsAreOfTheCostsAlone) {
  Machine machine;
  machine.modes.push_back(bridge_way(100));
  const Measured few = Simulation(machine).run(5), enough = Simulation(machine).run(8);
  EXPECT_EQ(half_widths(costs_so_far(few)), (std::vector<double>{kInfinite, kInfinite}));
  const auto widths = half_widths(costs_so_far(enough));
  ASSERT_EQ(widths.size(), 2u);
  EXPECT_DOUBLE_EQ(widths[0], cost_of(analyse(enough, 1), 1).median.shift().ci.half_width());
  EXPECT_TRUE(widths[1] > 0 && widths[1] < 10);
}

TEST(Analysis, CostsSoFarAreThereFromTheFirstBuildOn) {
  const auto costs = costs_so_far(Simulation(Machine{}).run(1));
  ASSERT_EQ(costs.size(), 1u);
  EXPECT_EQ(costs[0].lane, 1u);
  EXPECT_NEAR(costs[0].cost.shift().estimate, kCost, 8);
}

TEST(Analysis, CountersAreSummedAndLackingWhereOneSlotLacksThem) {
  const Measured m = Simulation(Machine{}).run(2);
  const LaneTotals& host = m.totals[0][0];
  EXPECT_DOUBLE_EQ(*host.counters[0], 1000.0 * static_cast<double>(host.sent));
  EXPECT_FALSE(host.counters[1]);
  EXPECT_EQ(host.missing_counters, "the CPU counts no instructions");
}

// Trains whose border was not read are in no lane's counters.
TEST(Analysis, CountersAreOfThePacketsTheyWereReadOver) {
  const Measured m = Simulation(Machine{}).run(2, [](SlotResult& s) {
    s.lanes[0].counted = s.plan.kind == SlotKind::kAll ? 0 : 64;
    s.lanes[0].counters = {64'000.0, {}, 0.0, 0.0};
    if (s.lanes[0].counted == 0) s.lanes[0].counters = {};
  });
  const LaneTotals& host = m.totals[0][0];
  EXPECT_EQ(host.counted, 64 * (host.slots - 1));
  ASSERT_TRUE(host.counters[0]) << "a slot of which nothing was read lacks nothing";
  EXPECT_DOUBLE_EQ(*host.counters[0], 1000.0 * static_cast<double>(host.counted));
}

TEST(Analysis, TheSameSeedGivesTheSameFigures) {
  const Measured m = Simulation(Machine{}).run(8);
  const auto a = analyse(m, 5), b = analyse(m, 5), c = analyse(m, 6);
  const auto p90 = [](const Figures& f) { return f.levels[0].modes[0].quantiles[1].ci95; };
  EXPECT_EQ(p90(a).lo, p90(b).lo);
  EXPECT_TRUE(p90(a).lo != p90(c).lo || p90(a).hi != p90(c).hi);
}

}  // namespace
}  // namespace hopcost::campaign
