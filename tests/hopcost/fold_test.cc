// From the slots of a build to its figures: pair by pair.
#include "campaign/figures/fold.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/hopcost/synthetic.h"

namespace hopcost::campaign {
namespace {

constexpr double kLost = std::numeric_limits<double>::infinity();

/// A slot in which each lane has these pairs at its end.
SlotResult end_slot(const std::vector<std::vector<double>>& pairs) {
  SlotResult s;
  for (const auto& p : pairs) {
    LaneSlot lane;
    lane.taps = {{"end", 32 * p.size()}};
    lane.sent = 32 * p.size();
    lane.pairs = {p};
    s.lanes.push_back(std::move(lane));
  }
  return s;
}

std::vector<LaneBuild> fold_all(const std::vector<SlotResult>& slots, const std::vector<std::size_t>& points,
                                std::size_t sentinel) {
  std::vector<const SlotResult*> own;
  for (const auto& s : slots) own.push_back(&s);
  return fold(own, points, sentinel);
}

TEST(Spread, IsTheMedianWithAnErrorFromTheQuartiles) {
  const auto s = spread_of({5, 1, 3, 2, 4});
  ASSERT_TRUE(s);
  EXPECT_EQ(s->value, 3);
  EXPECT_EQ(s->pairs, 5u);
  EXPECT_NEAR(s->se, 1.2533 * 2 / 1.349 / std::sqrt(5), 1e-9);
  EXPECT_EQ(spread_of({4, 1, 2, 3})->value, 2.5);
}

TEST(Spread, OneOutlierHardlyMovesIt) {
  EXPECT_EQ(spread_of({1, 2, 3, 4, 1e9})->value, 3);
  EXPECT_EQ(spread_of({1, 2, 3, 4, kLost})->value, 3);
}

TEST(Spread, NeedsThreeFigures) {
  EXPECT_FALSE(spread_of({}));
  EXPECT_FALSE(spread_of({1, 2}));
  EXPECT_TRUE(spread_of({1, 2, 3}));
}

TEST(Spread, IsNotDefinedWhenHalfIsInfinite) {
  EXPECT_TRUE(spread_of({1, 2, 3, 4, kLost, kLost, kLost}));
  EXPECT_FALSE(spread_of({1, 2, 3, kLost, kLost, kLost}));
  EXPECT_FALSE(spread_of({-kLost, -kLost, -kLost, 1, 2, 3}));
  EXPECT_FALSE(spread_of({1, 2, 3, kLost, kLost, kLost, kLost}));
}

TEST(Spread, CountsFiniteFiguresAlone) {
  EXPECT_FALSE(spread_of({1, 2, kLost})) << "two figures, whatever was lost beside them";
  EXPECT_FALSE(spread_of({-kLost, 1, 2, kLost}));
}

// A third of the pairs lost leaves a median; it is no surer for that.
TEST(Spread, LossDoesNotMakeItSure) {
  const auto whole = spread_of({1, 2, 3, 4, 5, 6}), some = spread_of({1, 2, 3, 4, 5, 6, kLost, kLost, kLost});
  ASSERT_TRUE(whole && some);
  EXPECT_NEAR(some->se, whole->se, 1e-9);
  const auto both = spread_of({-kLost, -kLost, 1, 2, 3, 4, 5, kLost, kLost});
  ASSERT_TRUE(both);
  EXPECT_GT(both->se, 0.5);
}

// The median of differences, not the difference of medians: a slot of which a part is slow has two humps, and
// its median jumps from one to the other.
TEST(Fold, ComparesPairByPair) {
  const auto lanes = fold_all({end_slot({{100, 100, 100, 500, 500}, {150, 550, 150, 550, 150}})}, {1, 1}, 0);
  ASSERT_TRUE(lanes[1].against[0]);
  EXPECT_EQ(lanes[1].against[0]->value, 50) << "of 50, 450, 50, 50, -350";
  EXPECT_EQ(lanes[0].against[1]->value, -50);
  EXPECT_EQ(lanes[1].latency->value, 150);
  EXPECT_FALSE(lanes[1].against[1]) << "nothing against itself";
}

// Forwards and backwards: whatever goes up in a line over a round is the same for every lane.
TEST(Fold, DriftWithinARoundFallsOut) {
  Machine machine;
  machine.noise_ns = 0;
  machine.drift_ns = 25;
  Simulation simulation(machine);
  const auto lanes = fold_all(simulation.build(), {2, 3, 2, 2}, 3);
  EXPECT_NEAR(lanes[1].against[0]->value, 350, 1e-6);
  EXPECT_NEAR(lanes[2].against[0]->value, 0, 1e-6);
  EXPECT_NEAR(lanes[1].arrival[1]->value, 400 - 330, 1e-6);
  EXPECT_GT(lanes[1].latency->value, 2000) << "there was drift";
}

TEST(Fold, AllSlotsOfABuildAreTakenTogether) {
  const auto lanes = fold_all(
      {end_slot({{0, 0}, {10, 20}}), end_slot({{0, 0}, {30, 40}}), end_slot({{0}, {50}})}, {1, 1}, 0);
  EXPECT_EQ(lanes[1].against[0]->value, 30);
  EXPECT_EQ(lanes[1].against[0]->pairs, 5u);
}

// Two humps of a mixture would have a median between them, or on the larger one.
TEST(Fold, InstancesWeighAlikeHoweverManyPairsEachHas) {
  std::vector<SlotResult> slots = {end_slot({{0, 0, 0, 0, 0}, {10, 10, 10, 10, 10}}),
                                   end_slot({{0, 0, 0}, {70, 70, 70}}), end_slot({{0, 0, 0}, {40, 40, 40}})};
  slots[1].plan.instance = 1;
  slots[2].plan.instance = 2;
  const auto lanes = fold_all(slots, {1, 1}, 0);
  EXPECT_DOUBLE_EQ(lanes[1].against[0]->value, 40);
  EXPECT_DOUBLE_EQ(lanes[1].latency->value, 40);
  EXPECT_EQ(lanes[1].against[0]->pairs, 11u);
  EXPECT_EQ(lanes[1].against[0]->se, 0) << "what instances differ by is no scatter of pairs";
  slots[2].voided_by = {"ring_drops"};
  EXPECT_DOUBLE_EQ(fold_all(slots, {1, 1}, 0)[1].against[0]->value, 40) << "of 10 and 70";
}

// What an instance adds is the same at each of its points, so it is in no hop but the first.
TEST(Fold, HopsAreComparedWithinOneInstance) {
  Machine machine;
  machine.noise_ns = 0;
  machine.instances = 3;
  machine.build_sd_ns = 60;
  Simulation simulation(machine);
  for (int build = 0; build < 5; ++build) {
    const auto lanes = fold_all(simulation.build(), {2, 3, 2, 2}, 3);
    EXPECT_NEAR(lanes[1].arrival[0]->value - lanes[1].end_there->value, 200 - 680, 1e-6);
    EXPECT_NEAR(lanes[1].arrival[1]->value - lanes[1].end_there->value, 400 - 680, 1e-6);
    EXPECT_NEAR(lanes[1].end_with[0]->value - lanes[1].end_there->value, 40, 1e-6);
    if (lanes[1].end_all) {
      EXPECT_NEAR(lanes[1].end_all->value - lanes[1].end_there->value, 100, 1e-6);
    }
    EXPECT_NEAR(lanes[1].latency_there->value + lanes[1].arrival[0]->value - lanes[1].end_there->value,
                lanes[1].latency_there->value - 480, 1e-6);
  }
}

TEST(Fold, VoidSlotsAreLeftOut) {
  std::vector<SlotResult> slots = {end_slot({{0, 0, 0}, {10, 10, 10}}),
                                   end_slot({{0, 0, 0, 0}, {90, 90, 90, 90}})};
  slots[1].voided_by = {"ring_drops"};
  EXPECT_EQ(fold_all(slots, {1, 1}, 0)[1].against[0]->value, 10);
}

TEST(Fold, ALostPairIsInfinitelyLateAndTwoTellNothing) {
  const auto lanes =
      fold_all({end_slot({{100, 100, 100, kLost, 100}, {110, 120, kLost, kLost, 130}})}, {1, 1}, 0);
  EXPECT_EQ(lanes[1].against[0]->pairs, 4u) << "the fourth was lost on both";
  EXPECT_EQ(lanes[1].against[0]->value, 25) << "of 10, 20, 30 and infinity";
  EXPECT_EQ(lanes[1].latency->value, 130) << "of 110, 120, 130 and twice infinity";
}

TEST(Fold, ALaneThatLosesMostHasNoFigure) {
  const auto lanes = fold_all({end_slot({{100, 100, 100, 100}, {110, kLost, kLost, kLost}})}, {1, 1}, 0);
  EXPECT_FALSE(lanes[1].against[0]);
  EXPECT_FALSE(lanes[1].latency);
  EXPECT_TRUE(lanes[0].latency);
}

// Arrivals at an open tap are counted from the sentinel's end, where no tap is ever before it.
TEST(Fold, TapsAreReadOneAtATimeAgainstTheSentinel) {
  Machine machine;
  machine.noise_ns = 0;
  Simulation simulation(machine);
  const auto lanes = fold_all(simulation.build(), {2, 3, 2, 2}, 3);
  ASSERT_EQ(lanes[1].arrival.size(), 2u);
  EXPECT_EQ(lanes[1].arrival[0]->value, 200 - 330);
  EXPECT_EQ(lanes[1].arrival[1]->value, 400 - 330) << "the tap at the wire is not open then";
  EXPECT_EQ(lanes[1].end_with[0]->value, 350 + 40) << "the wire's tap costs 40";
  EXPECT_EQ(lanes[1].end_with[1]->value, 350 + 60);
  EXPECT_EQ(lanes[1].end_all->value, 350 + 100);
  EXPECT_EQ(lanes[1].against[0]->value, 350) << "from end slots alone";
  EXPECT_EQ(lanes[0].arrival.size(), 1u);
  EXPECT_TRUE(lanes[3].arrival.size() == 1 && !lanes[3].arrival[0]) << "no tap of the sentinel is ever open";
}

TEST(Fold, TimesAreThoseOfEndSlots) {
  Simulation simulation(Machine{});
  const auto lanes = fold_all(simulation.build(), {2, 3, 2, 2}, 3);
  EXPECT_EQ(lanes[1].times.times.count(), Plan::kEndSlots * 2 * 8 * 10);
  EXPECT_EQ(lanes[1].times.lost, 0);
}

// Of the packets that would have been timed: 10 of 16.
TEST(Fold, LossIsScaledToTheTimedPackets) {
  SlotResult s = end_slot({{100, 100, 100}, {110, 110, 110}});
  s.lanes[1].taps[0].seen = 80;
  s.lanes[1].taps[0].lost = 16;
  s.lanes[1].end_to_end.record_n(110, 50);
  s.lanes[0].end_to_end.record_n(100, 60);
  const auto lanes = fold_all({s}, {1, 1}, 0);
  EXPECT_DOUBLE_EQ(lanes[1].times.lost, 10);
  EXPECT_DOUBLE_EQ(lanes[0].times.lost, 0);
}

// A slot that lost all of a lane's packets lost those that would have been timed: as many as in other lanes.
TEST(Fold, ASlotThatLosesAllIsAllLost) {
  SlotResult s = end_slot({{100, 100, 100}, {kLost, kLost, kLost}});
  s.lanes[1].taps[0].seen = 0;
  s.lanes[1].taps[0].lost = 96;
  s.lanes[0].end_to_end.record_n(100, 60);
  EXPECT_DOUBLE_EQ(fold_all({s}, {1, 1}, 0)[1].times.lost, 60);
}

}  // namespace
}  // namespace hopcost::campaign
