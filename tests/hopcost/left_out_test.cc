// Packets that are lost, stamps that are stale, slots and builds that are void: what is left out is said, and
// what is not known is not claimed.
#include <gtest/gtest.h>

#include <algorithm>

#include "campaign/figures/contrasts.h"
#include "campaign/figures/speed.h"
#include "stats/normal.h"
#include "tests/hopcost/figure_checks.h"
#include "tests/hopcost/synthetic.h"

namespace hopcost::campaign {
namespace {

/// Builds in which a mode lost `lost` of its 100,000 timed packets, host none.
Measured with_many_packets(double lost) {
  Measured m = given_builds(std::vector<std::vector<double>>(10, {100.0}), std::vector<double>(10),
                            std::vector<double>(10));
  for (BuildFigures& b : m.builds) {
    b.levels[0][0].times.times.record_n(1000, 20'000);
    b.levels[0][1].times.times.record_n(1100, 20'000);
    b.levels[0][1].times.lost = lost / 10;
  }
  return m;
}

// A share that the 99.9th in a hundred is among: 1 % lost, host's own p99.9 there.
TEST(Analysis, AShiftAtP999IsUndefinedWithOnePercentLost) {
  const auto shift_with = [](std::uint64_t lost) {
    const Measured m = with_many_packets(lost);
    return contrast(m, 0, speed_of(m, 0), 1, 1).shift;
  };
  EXPECT_TRUE(shift_with(0).contains("p999"));
  const auto shift = shift_with(2000);
  EXPECT_FALSE(shift.contains("p999"));
  EXPECT_TRUE(shift.contains("p90"));
}

TEST(Analysis, OverHalfOfThePacketsLostIsUndefinedAndStillFit) {
  Machine machine;
  machine.modes[1].lost = 0.6;
  const Measured m = Simulation(machine).run(8);
  const Figures f = analyse(m, 1);
  const ModeFigures& bridge = f.levels[0].modes[1];
  ASSERT_TRUE(bridge.cost);
  EXPECT_EQ(bridge.cost->verdict, "undefined");
  EXPECT_FALSE(bridge.cost->builds_wanted);
  EXPECT_FALSE(bridge.quantiles[0].value);
  EXPECT_TRUE(f.fit) << "loss is a result";
  EXPECT_TRUE(says(f.reasons, "bridge: so many packets were lost that its cost has no median"));
  EXPECT_TRUE(f.next.empty());
  EXPECT_EQ(m.totals[0][1].sent, m.totals[0][1].end.seen + m.totals[0][1].end.lost);
}

// 45 % lost at random: under half of the packets, but half of so many trains that no pair is left. It is no
// reference, and has a verdict.
TEST(Analysis, ACostWhosePairsAreLostIsUndefinedToo) {
  Machine machine;
  machine.modes[1].lost = 0.45;
  const Measured m = Simulation(machine).run(8);
  ASSERT_LT(m.totals[0][1].end.lost, m.totals[0][1].end.seen);
  const Figures f = analyse(m, 1);
  ASSERT_TRUE(f.levels[0].modes[1].cost);
  EXPECT_EQ(cost_of(f, 1).verdict, "undefined");
  EXPECT_EQ(cost_of(f, 1).median.builds(), 0u);
  EXPECT_TRUE(says(f.reasons, "bridge: so many packets were lost that its cost has no median"));
  EXPECT_TRUE(f.fit);
}

// Five builds of eight lost everything: what the other three showed is not the mode's median.
TEST(Analysis, BuildsThatLostEverythingAreNotForgotten) {
  Simulation simulation(Machine{});
  Measured m = simulation.nothing_yet();
  for (int b = 0; b < 8; ++b) {
    m.add_build(3.0 * b, simulation.build([&](SlotResult& s) {
      if (b >= 5) return;
      LaneSlot& bridge = s.lanes[1];
      for (TapCount& t : bridge.taps) t = {t.name, 0, bridge.sent, 0, 0, 0};
      for (auto& pairs : bridge.pairs) std::ranges::fill(pairs, kInfinite);
      bridge.end_to_end.reset();
    }),
                {});
  }
  m.elapsed_s = 24;
  const Figures f = analyse(m, 1);
  EXPECT_EQ(cost_of(f, 1).median.builds(), 3u);
  EXPECT_EQ(cost_of(f, 1).verdict, "undefined");
}

TEST(Analysis, HostsLossIsNamedAsHosts) {
  Machine machine;
  machine.modes[0].lost = 0.7;
  const Figures f = analyse(Simulation(machine).run(8), 1);
  ASSERT_TRUE(f.levels[0].modes[1].cost);
  EXPECT_EQ(cost_of(f, 1).verdict, "undefined");
  EXPECT_TRUE(says(f.reasons, "bridge: so many packets of host were lost that its cost has no median"));
}

// A run stopped in its first build may have no slot yet that decides a cost.
TEST(Analysis, WithoutAnEndSlotNothingIsClaimedAndSaid) {
  Simulation simulation(Machine{});
  Measured m = simulation.nothing_yet();
  m.add_build(0, {simulation.slot({0, SlotKind::kAll, {}})}, {});
  const Figures f = analyse(m, 1);
  ASSERT_TRUE(f.levels[0].modes[1].cost);
  EXPECT_EQ(cost_of(f, 1).verdict, "undecided");
  EXPECT_TRUE(cost_of(f, 1).shift.empty());
  EXPECT_TRUE(says(f.reasons, "bridge: no slot that decides its cost counts"));
}

TEST(Analysis, AccountsOfAllSlotsThatCountAddUp) {
  Machine machine;
  machine.modes[1].lost = 0.1;
  std::size_t slots = 0;
  const Measured m = Simulation(machine).run(4, [&](SlotResult& s) {
    s.lanes[1].taps.back().duplicates = 5;
    if (slots++ % 4 == 0) s.voided_by = {"ring_drops"};
  });
  const LaneTotals& bridge = m.totals[0][1];
  EXPECT_GT(bridge.end.lost, 0u);
  EXPECT_EQ(bridge.sent, bridge.end.seen + bridge.end.lost) << "copies are in neither count";
  EXPECT_EQ(bridge.end.duplicates, 5 * bridge.slots);
  EXPECT_EQ(bridge.sent, 256 * bridge.slots);
  EXPECT_EQ(bridge.slots + bridge.void_slots, slots);
  EXPECT_EQ(bridge.void_reasons.at("ring_drops"), bridge.void_slots);
}

TEST(Analysis, StaleStampsMakeTheRunUnfit) {
  for (const char* regime : {"software", "mixed"}) {
    int n = 0;
    const Measured m = Simulation(Machine{}).run(8, [&](SlotResult& s) {
      if (n++ == 5) s.lanes[1].regime = regime;
    });
    const Figures f = analyse(m, 1);
    EXPECT_EQ(f.regime, "mixed") << regime;
    EXPECT_FALSE(f.fit);
    EXPECT_TRUE(says(f.reasons, "receive timestamps"));
  }
  const auto all = [](const char* regime) {
    return analyse(Simulation(Machine{}).run(8,
                                             [&](SlotResult& s) {
                                               for (LaneSlot& l : s.lanes) l.regime = regime;
                                             }),
                   1);
  };
  EXPECT_EQ(all("software").regime, "software");
  EXPECT_FALSE(all("software").fit);
  EXPECT_TRUE(all("hardware").fit);
  EXPECT_FALSE(all("none").fit) << "no packet was seen";
}

TEST(Analysis, ClocksThatDisagreeMakeTheRunUnfit) {
  const auto with = [](std::uint64_t negative) {
    int n = 0;
    return analyse(Simulation(Machine{}).run(8,
                                             [&](SlotResult& s) {
                                               if (n++ == 0) s.lanes[1].negative = negative;
                                             }),
                   1);
  };
  EXPECT_TRUE(with(3).fit) << "a few of 15360";
  EXPECT_FALSE(with(100).fit);
  EXPECT_TRUE(says(with(100).reasons, "100 times came out below zero"));
}

/// 8 builds of which each n-th slot is void.
Figures with_voids(int n) {
  int slots = 0;
  return analyse(Simulation(Machine{}).run(8,
                                           [&](SlotResult& s) {
                                             if (slots++ % n != 0) s.voided_by = {"account"};
                                           }),
                 1);
}

TEST(Analysis, OverHalfOfTheSlotsVoidIsUnfitAndFewerIsSaid) {
  EXPECT_FALSE(with_voids(3).fit);
  const Figures half = with_voids(2);
  EXPECT_TRUE(half.fit) << "half is not over half";
  EXPECT_TRUE(says(half.reasons, "are void and left out"));
}

TEST(Analysis, AVoidBuildIsLeftOutAndSaid) {
  Simulation simulation(Machine{});
  Measured m = simulation.run(8);
  m.add_build(24, simulation.build([](SlotResult& s) {
    for (double& p : s.lanes[1].pairs.back()) p += 1e6;
  }),
              {"settings changed under way: mtu"});
  const Figures f = analyse(m, 1);
  EXPECT_EQ(m.good_builds(), 8u);
  EXPECT_EQ(m.totals[0][1].sent, Simulation(Machine{}).run(8).totals[0][1].sent)
      << "its packets are in no sum";
  EXPECT_EQ(cost_of(f, 1).median.builds(), 8u);
  EXPECT_NEAR(cost_of(f, 1).median.shift().estimate, kCost, 4);
  EXPECT_TRUE(f.fit);
  EXPECT_TRUE(says(f.reasons, "of 9 builds 1 are left out: settings changed under way: mtu"));
}

}  // namespace
}  // namespace hopcost::campaign
