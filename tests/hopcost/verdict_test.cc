// What may be said of a cost, given what the controls of the same run leave open.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "campaign/figures/analysis.h"
#include "campaign/figures/contrasts.h"
#include "stats/normal.h"
#include "tests/hopcost/synthetic.h"

namespace hopcost::campaign {
namespace {

constexpr std::size_t kBuilds = 16;

/// Figures about `middle`, evenly spread, so that their interval is some +-`half`, in an order whose slow
/// waves are those of independent figures.
std::vector<double> around(double middle, double half) {
  constexpr double kOrder[kBuilds] = {5, 1, 0, 11, 12, 6, 3, 10, 9, 8, 14, 15, 2, 7, 13, 4};
  constexpr double kHalfWidth =
      3.908;  // of figures 1 apart: 3 by the signed rank, and Student's t of 4 for that of 15
  std::vector<double> values;
  for (const double place : kOrder) values.push_back(middle + half / kHalfWidth * (place - 7.5));
  return values;
}

Measured run_of(const std::vector<std::vector<double>>& by_mode, const std::vector<double>& repeat,
                const std::vector<double>& instance) {
  std::vector<std::vector<double>> by_build(kBuilds);
  for (std::size_t b = 0; b < kBuilds; ++b) {
    for (const auto& mode : by_mode) by_build[b].push_back(mode[b]);
  }
  return given_builds(by_build, repeat, instance);
}

const std::vector<double> kStill(kBuilds, 0.0);

std::string verdict(const std::vector<double>& cost, const std::vector<double>& repeat = kStill,
                    const std::vector<double>& instance = kStill) {
  return analyse(run_of({cost}, repeat, instance), 1).levels[0].modes[1].cost->verdict;
}

TEST(Verdict, TheFixtureGivesTheIntervalsItSays) {
  const OverBuilds o = over_builds(differences(run_of({around(20, 5)}, kStill, kStill), 0, 1, 0));
  EXPECT_NEAR(o.shift().estimate, 20, 1);
  EXPECT_NEAR(o.shift().ci.half_width(), 5, 0.1);
}

TEST(Verdict, HigherLowerSameUndecided) {
  EXPECT_EQ(verdict(around(50, 3)), "higher");
  EXPECT_EQ(verdict(around(-50, 3)), "lower");
  EXPECT_EQ(verdict(around(1, 3)), "same");
  EXPECT_EQ(verdict(around(5, 20)), "undecided");
  EXPECT_EQ(verdict(around(9, 6)), "higher") << "its interval is above 0, though near";
  EXPECT_EQ(verdict(around(0, 15)), "undecided") << "an interval wider than the margin shows no equality";
}

// Two builds of one mode differ by 20 ns: a mode that differs by 5 may not be called the same.
TEST(Verdict, SameNeedsTheControlsWithinTheMarginToo) {
  const auto mode = around(1, 3);
  EXPECT_EQ(verdict(mode), "same");
  EXPECT_EQ(verdict(mode, kStill, around(-20.4, 9)), "undecided");
  EXPECT_EQ(verdict(mode, around(-20.4, 9), kStill), "undecided");
  EXPECT_EQ(verdict(mode, kStill, around(0, 12)), "undecided") << "it may differ by 12, for all we know";
  EXPECT_EQ(verdict(mode, kStill, around(1, 3)), "same");
}

// Instance -15 [-31, +1] and -15 [-16, -14]: neither lets +9 [8, 10] be called higher, and the wide one
// least.
TEST(Verdict, AnImpreciseControlAllowsNoMoreThanAPreciseOne) {
  const auto nine = around(9, 1), twenty = around(20, 1), fifty = around(50, 1);
  const auto wide = around(-15, 16), precise = around(-15, 1);
  EXPECT_EQ(verdict(nine, kStill, wide), "undecided");
  EXPECT_EQ(verdict(nine, kStill, precise), "undecided");
  EXPECT_EQ(verdict(twenty, kStill, wide), "undecided");
  EXPECT_EQ(verdict(twenty, kStill, precise), "higher");
  EXPECT_EQ(verdict(fifty, kStill, wide), "higher");
  EXPECT_EQ(verdict(around(-50, 1), kStill, wide), "lower") << "the floor has two sides";
  EXPECT_EQ(verdict(around(-20, 1), kStill, wide), "undecided");
}

TEST(Verdict, TheFloorIsTheFurthestEndOfEitherControl) {
  const auto floor_of = [](const std::vector<double>& repeat, const std::vector<double>& instance) {
    return floors_of(controls_of(analyse(run_of({around(0, 1)}, repeat, instance), 1).levels[0])).now;
  };
  EXPECT_NEAR(floor_of(around(3, 2), around(-15, 16)), 31, 2);
  EXPECT_NEAR(floor_of(around(-15, 16), around(3, 2)), 31, 2);
  EXPECT_NEAR(floor_of(around(10, 2), kStill), 12, 1);
  LevelFigures none;
  EXPECT_EQ(floors_of(controls_of(none)).now, kInfinite);
}

TEST(Verdict, AControlWithoutAnIntervalAllowsNone) {
  Measured m = run_of({around(500, 1)}, kStill, kStill);
  for (BuildFigures& b : m.builds) b.levels[0][3].against[0].reset();
  EXPECT_EQ(analyse(m, 1).levels[0].modes[1].cost->verdict, "undecided");
}

// Each of many modes has its chance to seem to differ: Holm.
TEST(Verdict, PValuesAreAdjustedOverTheModes) {
  const auto faint = around(6.4, 6);  // alone just above 0
  const auto one = analyse(run_of({faint}, kStill, kStill), 1).levels[0];
  ASSERT_EQ(one.modes[1].cost->verdict, "higher");
  const auto many =
      analyse(run_of({faint, around(1, 6), around(-1, 6), around(2, 6)}, kStill, kStill), 1).levels[0];
  const Cost& cost = *many.modes[1].cost;
  EXPECT_NEAR(cost.p_holm, std::min(1.0, 4 * cost.median.series.p_value), 1e-9);
  EXPECT_EQ(cost.verdict, "undecided");
}

TEST(Verdict, EqualityIsAdjustedOverTheModesToo) {
  const auto near = around(4, 6.5);  // alone just within 10
  const auto one = analyse(run_of({near}, kStill, kStill), 1).levels[0];
  ASSERT_EQ(one.modes[1].cost->verdict, "same");
  const auto wide = around(0, 40);
  const auto many = analyse(run_of({near, wide, wide, wide}, kStill, kStill), 1).levels[0];
  EXPECT_EQ(many.modes[1].cost->verdict, "undecided");
  EXPECT_GT(many.modes[1].cost->p_same_holm, one.modes[1].cost->p_same_holm);
}

TEST(Verdict, UndecidedSaysHowManyBuildsWouldDecide) {
  const Measured m = run_of({around(8, 16)}, kStill, kStill);
  const Figures f = analyse(m, 1);
  const Cost& cost = *f.levels[0].modes[1].cost;
  ASSERT_EQ(cost.verdict, "undecided");
  ASSERT_TRUE(cost.builds_wanted);
  EXPECT_NEAR(static_cast<double>(*cost.builds_wanted), 16 * std::pow(16.0 / 8, 2), 14);
  ASSERT_EQ(f.next.size(), 1u);
  EXPECT_EQ(f.next[0], fmt::format("mode1: some {} builds would decide it, as it looks now: --budget 4min",
                                   *cost.builds_wanted));
  EXPECT_TRUE(f.fit) << "an undecided run is a result";
}

// --budget is of each level, and a target that was reached would end the next run too.
TEST(Verdict, TheBudgetThatIsProposedIsOneThatHelps) {
  Measured m = run_of({around(8, 16)}, kStill, kStill);
  m.ended_by = "width";
  EXPECT_TRUE(analyse(m, 1).next.at(0).ends_with(": --budget 4min --target 0")) << analyse(m, 1).next[0];
  m.ended_by = "budget";
  m.levels.push_back(m.levels[0]);
  m.totals.push_back(m.totals[0]);
  for (BuildFigures& b : m.builds) b.levels.push_back(b.levels[0]);
  ASSERT_EQ(analyse(m, 1).next.size(), 2u);
  EXPECT_TRUE(analyse(m, 1).next[0].ends_with(": --budget 2min")) << analyse(m, 1).next[0];
}

// What an instance differs by does not go away with more builds.
TEST(Verdict, NoNumberOfBuildsDecidesWhatTheControlsForbidForGood) {
  const auto wanted = [](double cost, double instance, double half) {
    const auto level = analyse(run_of({around(cost, 1)}, kStill, around(instance, half)), 1).levels[0];
    EXPECT_EQ(level.modes[1].cost->verdict, "undecided");
    return level.modes[1].cost->builds_wanted;
  };
  EXPECT_FALSE(wanted(15, -20, 2)) << "below what two instances differ by";
  EXPECT_TRUE(wanted(21, -15, 6)) << "21 is more than 15: the floor's own width is what is in the way";
  EXPECT_LT(*wanted(21, -15, 6), 40u);
  ASSERT_TRUE(wanted(6, 8, 20)) << "a control that holds 0 may be at 0";
  EXPECT_NEAR(static_cast<double>(*wanted(6, 8, 20)), 16 * std::pow((1 + 28) / 6.0, 2), 30);
}

TEST(Verdict, WhatIsDecidedWantsNoBuilds) {
  const Figures f = analyse(run_of({around(50, 3), around(0, 3)}, kStill, kStill), 1);
  for (std::size_t m : {1, 2}) EXPECT_FALSE(f.levels[0].modes[m].cost->builds_wanted);
  EXPECT_TRUE(f.next.empty());
}

TEST(Verdict, AlwaysAtLeastOneBuildMore) {
  const auto figures =
      analyse(run_of({around(6.4, 6), around(1, 40), around(0, 40), around(2, 40)}, kStill, kStill), 1);
  for (const ModeFigures& m : figures.levels[0].modes) {
    if (m.cost && m.cost->builds_wanted) {
      EXPECT_GT(*m.cost->builds_wanted, kBuilds);
    }
  }
}

}  // namespace
}  // namespace hopcost::campaign
