// Where the time goes: arrivals one tap at a time.
#include "campaign/figures/hops.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/hopcost/synthetic.h"

namespace hopcost::campaign {
namespace {

std::string name_of(const Hop& h) {
  return h.from + ">" + h.to;
}

double sum_of(const ModeFigures& m) {
  double sum = 0;
  for (const Hop& h : m.hops) sum += h.time.value.value();
  return sum;
}

/// The modes of a run of so many builds on that machine. The run stands as long as the program does.
const LevelFigures& figures_on(const Machine& machine, int builds) {
  static std::vector<std::unique_ptr<std::pair<Measured, Figures>>> kept;
  auto& both = kept.emplace_back(std::make_unique<std::pair<Measured, Figures>>());
  both->first = Simulation(machine).run(builds);
  both->second = analyse(both->first, 1);
  return both->second.levels.front();
}

TEST(Hops, AreNamedInTheOrderAPacketPasses) {
  const auto& modes = figures_on(Machine{}, 8).modes;
  ASSERT_EQ(modes[0].hops.size(), 2u);
  ASSERT_EQ(modes[1].hops.size(), 3u);
  EXPECT_EQ(name_of(modes[0].hops[0]), "tx>wire");
  EXPECT_EQ(name_of(modes[1].hops[0]), "tx>wire");
  EXPECT_EQ(name_of(modes[1].hops[1]), "wire>port");
  EXPECT_EQ(name_of(modes[1].hops[2]), "port>socket");
}

TEST(Hops, AreFoundWithoutAnyTapsCost) {
  Machine machine;
  machine.drift_ns = 0.3;
  machine.build_sd_ns = 2;
  const auto& bridge = figures_on(machine, 16).modes[1];
  const double truth[] = {0, 200, 280};  // the first holds the drift
  for (const std::size_t h : {1, 2}) {
    EXPECT_NEAR(*bridge.hops[h].time.value, truth[h], 4);
    EXPECT_TRUE(bridge.hops[h].time.known);
    EXPECT_TRUE(bridge.hops[h].time.ci95.holds(truth[h])) << h;
    EXPECT_LT(bridge.hops[h].time.ci95.half_width(), 8);
  }
}

TEST(Hops, AddUpToTheEndToEndMedianExactly) {
  Machine machine;
  machine.noise_ns = 60;
  machine.build_sd_ns = 15;
  machine.drift_ns = 0.1;
  machine.modes[1].lost = 0.05;
  for (const int builds : {1, 3, 8, 13}) {
    for (const ModeFigures& m : figures_on(machine, builds).modes)
      EXPECT_NEAR(sum_of(m), *m.quantiles[0].value, 1e-9) << builds << " builds, lane " << m.lane;
  }
}

TEST(Hops, APlantedDelayIsFoundInThatHopAndInNoOther) {
  const auto& before = figures_on(Machine{}, 12).modes[1];
  for (std::size_t planted = 0; planted < 3; ++planted) {
    Machine machine;
    for (std::size_t p = planted; p < 3; ++p) machine.modes[1].at[p] += 120;
    const auto& after = figures_on(machine, 12).modes[1];
    for (std::size_t h = 0; h < 3; ++h)
      EXPECT_NEAR(*after.hops[h].time.value - *before.hops[h].time.value, h == planted ? 120 : 0, 4)
          << "planted in " << planted << ", hop " << h;
  }
}

// A tap ten times as dear changes what it is said to cost, and no hop.
TEST(Hops, WhatATapCostsIsAByProductAndInNoHop) {
  Machine dear;
  dear.modes[1].tap = {400, 600};
  const auto &bridge = figures_on(Machine{}, 12).modes[1], &dearer = figures_on(dear, 12).modes[1];
  EXPECT_NEAR(*bridge.hops[0].tap_cost.value, 40, 4);
  EXPECT_NEAR(*bridge.hops[1].tap_cost.value, 60, 4);
  EXPECT_FALSE(bridge.hops[2].tap_cost.value) << "the end's tap is always open";
  EXPECT_NEAR(*dearer.hops[0].tap_cost.value, 400, 4);
  EXPECT_NEAR(*dearer.hops[1].tap_cost.value, 600, 4);
  EXPECT_TRUE(dearer.hops[0].tap_cost.known);
  for (std::size_t h = 0; h < 3; ++h)
    EXPECT_NEAR(*dearer.hops[h].time.value, *bridge.hops[h].time.value, 4) << h;
}

TEST(Hops, AllTapsOpenAreComparedWithTheSumOfTheirCosts) {
  const auto& sum = figures_on(Machine{}, 24).modes[1].all_taps;
  ASSERT_TRUE(sum);
  EXPECT_NEAR(sum->excess.shift().estimate, 100, 6);
  EXPECT_TRUE(sum->excess.known());
  Machine crowded;
  crowded.crowd_ns = 70;
  const auto& more = figures_on(crowded, 24).modes[1].all_taps;
  EXPECT_NEAR(more->excess.shift().estimate, 170, 6);
}

TEST(Hops, TheWatchedHistogramsAreThoseOfSlotsWithAllTapsOpen) {
  const auto& bridge = figures_on(Machine{}, 8).modes[1];
  for (const Hop& h : bridge.hops) ASSERT_NE(h.watched, nullptr) << name_of(h);
  EXPECT_EQ(bridge.hops[1].watched->times.count(), 4u * 160) << "one such slot in every second build";
  EXPECT_NEAR(bridge.hops[1].watched->times.interpolated_quantile(0.5), 240, 4) << "taps' cost included";
}

// --fine: eleven taps and three slots a build. Each is opened in every fourth build.
TEST(Hops, MoreTapsThanSlotsABuildStillGiveFigures) {
  Machine machine;
  SyntheticWay& fine = machine.modes[1];
  fine = {"bridge", {}, {}, {}};
  for (int p = 0; p < 12; ++p) {
    fine.points.push_back("p" + std::to_string(p));
    fine.at.push_back(100 + 50 * p);
    if (p < 11) fine.tap.push_back(20);
  }
  const auto& bridge = figures_on(machine, 24).modes[1];
  ASSERT_EQ(bridge.hops.size(), 12u);
  for (std::size_t h = 1; h < 12; ++h) {
    const Estimate& time = bridge.hops[h].time;
    ASSERT_TRUE(time.value) << h;
    EXPECT_NEAR(*time.value, 50, 12) << h;
    EXPECT_TRUE(time.known) << h;
    EXPECT_TRUE(time.ci95.lo < *time.value && *time.value < time.ci95.hi) << h;
    EXPECT_GT(bridge.hops[h].standard_within, 0) << h;
  }
  EXPECT_NEAR(sum_of(bridge), *bridge.quantiles[0].value, 1e-9);
}

TEST(Hops, ATapThatWasNeverOpenLeavesItsTwoHopsWithoutAFigure) {
  Measured m = Simulation(Machine{}).run(8);
  for (BuildFigures& b : m.builds) b.levels[0][1].arrival[0].reset();
  const Figures f = analyse(m, 1);
  const auto& hops = f.levels[0].modes[1].hops;
  ASSERT_EQ(hops.size(), 3u);
  EXPECT_FALSE(hops[0].time.value);
  EXPECT_FALSE(hops[1].time.value);
  EXPECT_TRUE(hops[2].time.value);
}

// Their sum is not known then, nor what they share.
TEST(Hops, TheTapsSumIsNotKnownWhereOneOfThemIsNot) {
  Measured m = Simulation(Machine{}).run(8);
  EXPECT_NEAR(*analyse(m, 1).levels[0].modes[1].all_taps->taps_ns, 100, 6);
  for (BuildFigures& b : m.builds) b.levels[0][1].end_with[0].reset();
  const Figures f = analyse(m, 1);
  ASSERT_TRUE(f.levels[0].modes[1].all_taps);
  EXPECT_FALSE(f.levels[0].modes[1].all_taps->taps_ns);
  EXPECT_FALSE(f.levels[0].modes[1].all_taps->shared.value);
}

// The two arrivals of a hop, each known in other builds: both scatter.
TEST(Hops, AHopOfTwoSeriesHasTheScatterOfBoth) {
  Measured m = Simulation(Machine{}).run(16);
  for (BuildFigures& b : m.builds) {
    LaneBuild& bridge = b.levels[0][1];
    const bool odd = b.number % 2 == 1;
    const double off = b.number % 4 < 2 ? 40 : -40;
    bridge.arrival[0]->value += odd ? 0 : off;
    (odd ? bridge.arrival[0] : bridge.arrival[1]).reset();
  }
  const Figures f = analyse(m, 1);
  const auto& hops = f.levels[0].modes[1].hops;
  EXPECT_GT(hops[1].time.ci95.half_width(), 30) << "the arrival at the wire scatters by 40";
  EXPECT_GT(hops[1].standard_between, 10);
  EXPECT_LT(hops[2].standard_between, 10) << "that at the port does not";
}

TEST(Hops, FewBuildsGiveNoInterval) {
  for (const Hop& h : figures_on(Machine{}, 5).modes[1].hops) {
    EXPECT_TRUE(h.time.value);
    EXPECT_FALSE(h.time.known);
  }
}

TEST(Hops, AHopThatStampsHideIsInvalid) {
  const Measured m = Simulation(Machine{}).run(8, [](SlotResult& s) {
    if (s.plan.kind == SlotKind::kAll) s.lanes[1].hops[1].invalid = "stale stamps: a macvlan";
  });
  const Figures f = analyse(m, 1);
  EXPECT_EQ(f.levels[0].modes[1].hops[1].invalid, "stale stamps: a macvlan");
  EXPECT_TRUE(f.levels[0].modes[1].hops[2].invalid.empty());
}

TEST(Hops, WithoutAMedianThereIsNothingToExplain) {
  Machine machine;
  machine.modes[1].lost = 0.6;
  EXPECT_TRUE(figures_on(machine, 8).modes[1].hops.empty());
}

}  // namespace
}  // namespace hopcost::campaign
