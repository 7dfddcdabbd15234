// How a run's time is divided between making builds and sending in them.
#include "campaign/measure/end_slots.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hopcost::campaign {
namespace {

constexpr double kEnoughS = 1e6;

/// After eight builds of 0.12 s of end slots and 0.57 s besides.
EndSlots after_eight() {
  EndSlots slots(0.12);
  for (int i = 0; i < 8; ++i) slots.built(0.69);
  return slots;
}

/// The variance of a figure after a given time, but for a factor, with end slots that are so much longer.
double variance(const Scatter& scatter, double stretch) {
  return (scatter.between + scatter.within / stretch) * (0.57 + 0.12 * stretch);
}

TEST(EndSlots, NoOtherLengthLeavesLessVariance) {
  for (const Scatter& scatter : {Scatter{169, 25}, Scatter{529, 196}, Scatter{169, 64}}) {
    EndSlots slots = after_eight();
    slots.decide({scatter}, kEnoughS);
    for (double other = 1; other <= EndSlots::kMostStretch; other += 0.01)
      EXPECT_LE(variance(scatter, slots.stretch()), variance(scatter, other) * (1 + 1e-12)) << other;
  }
}

TEST(EndSlots, StayShortWhereBuildsDiffer) {
  EndSlots slots = after_eight();
  slots.decide({{.within = 169, .between = 963}}, kEnoughS);
  EXPECT_EQ(slots.stretch(), 1);
}

TEST(EndSlots, AreLongestWhereBuildsAreAlike) {
  EndSlots slots = after_eight();
  slots.decide({{.within = 169, .between = 0}}, kEnoughS);
  EXPECT_EQ(slots.stretch(), EndSlots::kMostStretch);
}

TEST(EndSlots, AreNoLongerThanASlotMayBe) {
  EndSlots slots(0.12, 1.5);
  slots.built(0.69);
  slots.decide({{.within = 169, .between = 0}}, kEnoughS);
  EXPECT_EQ(slots.stretch(), 1.5);
}

TEST(EndSlots, SeveralModesMeetInTheGeometricMean) {
  const Scatter a{169, 25}, b{169, 100};
  const auto stretch = [](const std::vector<Scatter>& modes) {
    EndSlots slots = after_eight();
    slots.decide(modes, kEnoughS);
    return slots.stretch();
  };
  EXPECT_NEAR(stretch({a, b}), std::sqrt(stretch({a}) * stretch({b})), 1e-12);
}

TEST(EndSlots, ALaterLookFindsTheSameLength) {
  EndSlots slots = after_eight();
  slots.decide({{.within = 169, .between = 25}}, kEnoughS);
  const double first = slots.stretch();
  ASSERT_GT(first, 2);
  for (int i = 0; i < 8; ++i) slots.built(0.57 + 0.12 * first);
  slots.decide({{.within = (169 + 169 / first) / 2, .between = 25}}, kEnoughS);
  EXPECT_NEAR(slots.stretch(), first, 1e-9);
  EXPECT_NEAR(slots.build_s(), 0.57 + 0.12 * first, 1e-9);
}

TEST(EndSlots, LeaveRoomForBuilds) {
  EndSlots slots = after_eight();
  slots.decide({{.within = 169, .between = 0}}, 24 * 0.93);
  EXPECT_NEAR(slots.stretch(), 3, 1e-9) << "24 more builds of 0.57 and 0.36 s";
  slots.decide({{.within = 169, .between = 0}}, 5);
  EXPECT_EQ(slots.stretch(), 1);
}

TEST(EndSlots, WithoutScatterNothingChanges) {
  EndSlots slots = after_eight();
  slots.decide({}, kEnoughS);
  slots.decide(
      {{.within = 0, .between = 25}, {.within = INFINITY, .between = 1}, {.within = 1, .between = NAN}},
      kEnoughS);
  EXPECT_EQ(slots.stretch(), 1);
  EXPECT_EQ(EndSlots(0.12).build_s(), 0);
}

}  // namespace
}  // namespace hopcost::campaign
