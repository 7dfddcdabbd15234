// What is claimed of simulated runs: false alarms, verdicts, the rule that ends a run by the width of its
// intervals, and that the simulation folds as the program does. Prints tables as coverage_test.cc does.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "campaign/bench/lanes.h"
#include "campaign/figures/analysis.h"
#include "campaign/figures/contrasts.h"
#include "campaign/measure/stopping.h"
#include "tests/hopcost/simulated_run.h"

namespace hopcost::campaign {
namespace {

constexpr std::size_t kRuns = 500;
constexpr double kFewRunsError = 2;  // percent: two standard errors of a coverage of 95 %

/// The verdict on a run's one mode.
std::string verdict_of(const BuildSeries& s) {
  LevelFigures level;
  const Contrasts c = contrasts_of(s);
  Cost cost;
  cost.median = c.mode;
  cost.equivalence = equivalence_of(cost.median.series, kEquivalenceNs);
  cost.p_holm = cost.median.series.p_value;
  cost.p_same_holm = cost.equivalence.p_value;
  level.modes.push_back({.lane = kModeLane, .quantiles = {}, .cost = cost, .hops = {}, .all_taps = {}});
  level.aa = Pair{kRepeatLane, kHostLane, c.repeat};
  level.instance = Pair{kInstanceLane, kHostLane, c.instance};
  judge(level);
  return level.modes[0].cost->verdict;
}

struct Verdicts {
  std::size_t differs = 0, same = 0;
};

Verdicts verdicts_of(const NamedLaw& law, double cost_ns, std::size_t builds) {
  Verdicts found;
  for (std::size_t run = 0; run < kRuns; ++run) {
    const std::string verdict = verdict_of(simulate(law.law, cost_ns, builds, 5000 + run));
    found.differs += verdict == "higher" || verdict == "lower";
    found.same += verdict == "same";
  }
  fmt::print("| {} | {} | {} | {:.1f} | {:.1f} |\n", law.name, cost_ns, builds,
             share_of(found.differs, kRuns), share_of(found.same, kRuns));
  return found;
}

TEST(Claims, NoCostIsSeldomClaimedToDiffer) {
  for (const NamedLaw* law : {&kSteady, &kInstances, &kOften})
    EXPECT_LE(share_of(verdicts_of(*law, 0, 29).differs, kRuns), 5) << law->name;
  EXPECT_LE(share_of(verdicts_of(kInstances, 0, 8).differs, kRuns), 5);
}

// Where the CPU is slow the mode costs more: what may not be called the same is what it costs all in all.
TEST(Claims, ACostAtTheMarginIsSeldomCalledTheSame) {
  for (const NamedLaw* law : {&kSteady, &kInstances, &kOften}) {
    for (const double cost_ns : {10.0, -10.0})
      EXPECT_LE(share_of(verdicts_of(*law, cost_ns / law->law.mean_speed(), 29).same, kRuns), 5) << law->name;
  }
}

/// About so many builds fit a run's default budget.
constexpr std::size_t kUsualBuilds = 64;

TEST(Claims, WhatIsThereIsFound) {
  EXPECT_GE(share_of(verdicts_of(kSteady, 0, kUsualBuilds).same, kRuns), 90);
  EXPECT_GE(share_of(verdicts_of(kOften, 60, 29).differs, kRuns), 95);
  EXPECT_GE(share_of(verdicts_of(kOften, 800, 8).differs, kRuns), 99);
}

/// How a run of `builds` at most ends that has a target.
struct End {
  std::size_t builds = 0, looked_before = 0;
};

End end_of(const BuildSeries& s, double target) {
  Stopping stopping(target);
  for (std::size_t n = 1; n <= s.mode.figures.size(); ++n) {
    if (!is_look(n)) continue;
    if (stopping.narrow(n, {cost_of(first(s, n)).shift().ci.half_width()})) return {n, look_before(n)};
  }
  return {s.mode.figures.size(), 0};
}

/// Percent of the runs whose interval holds the cost, and of those of which the last look's alone
/// does.
struct Sureness {
  double kept, last;
};

std::vector<Sureness> sureness_of(const NamedLaw& law, double cost_ns, const std::vector<double>& targets) {
  constexpr std::size_t kMost = 45;
  struct Held {
    std::size_t kept = 0, last = 0, builds = 0;
  };
  std::vector<Held> held(targets.size());
  for (std::size_t run = 0; run < kRuns; ++run) {
    const BuildSeries s = simulate(law.law, cost_ns, kMost, 9000 + run);
    for (std::size_t t = 0; t < targets.size(); ++t) {
      const End end = end_of(s, targets[t]);
      const BuildSeries measured = first(s, end.builds);
      const double truth = true_cost(law.law, cost_ns, slowness_of(measured.controls));
      held[t].kept += cost_of(measured, end.looked_before).shift().ci.holds(truth);
      held[t].last += cost_of(measured).shift().ci.holds(truth);
      held[t].builds += end.builds;
    }
  }
  std::vector<Sureness> found;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    found.push_back({share_of(held[t].kept, kRuns), share_of(held[t].last, kRuns)});
    fmt::print("| {} | {} | {} | {:.0f} | {:.1f} | {:.1f} |\n", law.name, cost_ns, targets[t],
               static_cast<double>(held[t].builds) / kRuns, found[t].kept, found[t].last);
  }
  return found;
}

TEST(Claims, ARunThatEndsForBeingNarrowIsAsSure) {
  const auto expect = [](const std::vector<Sureness>& found) {
    for (const auto& [kept, last] : found) {
      EXPECT_GE(kept, 93 - kFewRunsError);
      EXPECT_LE(kept, 98 + kFewRunsError);
      EXPECT_LT(last, kept) << "the last look alone is one that luck made narrow";
    }
  };
  expect(sureness_of(kInstances, 800, {14, 9, 7}));
  expect(sureness_of(kOften, 60, {14, 9}));
  expect(sureness_of(kOften, 800, {20, 14, 10}));
}

Measured nothing_yet() {
  Measured m;
  m.lanes = lanes_for({"host", "mode"});
  m.topologies.resize(kSimulatedLanes, "host");
  m.points.resize(kSimulatedLanes, {{"end", "d0"}});
  m.levels = {Load{}};
  return m;
}

void expect_same(const LevelFigures& level, const BuildSeries& s, std::size_t looked_before) {
  const auto same = [](const OverBuilds& a, const OverBuilds& b) {
    EXPECT_EQ(a.shift().estimate, b.shift().estimate);
    EXPECT_EQ(a.shift().ci.lo, b.shift().ci.lo);
    EXPECT_EQ(a.shift().ci.hi, b.shift().ci.hi);
    EXPECT_EQ(a.within_se, b.within_se);
  };
  const Contrasts c = contrasts_of(s, looked_before);
  const Cost& cost = *level.modes[1].cost;
  same(cost.median, c.mode);
  same(cost.typical, c.typical);
  same(level.aa->difference, c.repeat);
  same(level.instance->difference, c.instance);
  EXPECT_EQ(cost.share.ci95.lo, c.share.shift().ci.lo);
}

// Slots with all their members through the program's own way, and the simulation's short cut.
TEST(Claims, TheSimulationFoldsAsTheProgramDoes) {
  constexpr std::size_t kBuilds = 11, kLookedBefore = 8;
  Measured measured = nothing_yet();
  SimulatedRun run(kOften.law, 800, kBuilds, 5), again(kOften.law, 800, kBuilds, 5);
  BuildSeries series;
  for (std::size_t b = 0; b < kBuilds; ++b) {
    measured.add_build(static_cast<double>(b), SimulatedRun::slots(run.next()), {});
    add_build(again.next(), series);
  }
  const std::vector<double> widths = half_widths(costs_so_far(measured));
  ASSERT_EQ(widths.size(), 1u);
  EXPECT_EQ(widths[0], cost_of(series).shift().ci.half_width());
  expect_same(analyse(measured, 1).levels[0], series, 0);
  EXPECT_EQ(analyse(measured, 1).levels[0].modes[1].cost->verdict, verdict_of(series));
  measured.looked_before = kLookedBefore;
  expect_same(analyse(measured, 1).levels[0], series, kLookedBefore);
  ASSERT_GT(cost_of(series, kLookedBefore).series.widened, cost_of(series).series.widened);
}

// The same from trains to intervals, all of it the program's.
TEST(Claims, ThroughTheWholeProgramTheIntervalsHoldAsOften) {
  constexpr std::size_t kBuilds = 11, kFew = 400;
  std::size_t held = 0, alarms = 0;
  for (std::size_t r = 0; r < kFew; ++r) {
    Measured measured = nothing_yet();
    SimulatedRun run(kInstances.law, 60, kBuilds, 300 + r);
    for (std::size_t b = 0; b < kBuilds; ++b)
      measured.add_build(static_cast<double>(b), SimulatedRun::slots(run.next()), {});
    const LevelFigures level = analyse(measured, 1).levels[0];
    held += level.modes[1].cost->median.shift().ci.holds(true_cost(kInstances.law, 60, level.speed));
    alarms += !level.aa->difference.shift().ci.holds(0);
  }
  EXPECT_GE(held, kFew * 92 / 100);
  EXPECT_LE(held, kFew * 98 / 100);
  EXPECT_LE(alarms, kFew * 8 / 100);
}

}  // namespace
}  // namespace hopcost::campaign
