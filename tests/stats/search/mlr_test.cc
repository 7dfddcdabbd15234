// Searches over devices whose answer is known.
#include "stats/search/mlr.h"

#include <gtest/gtest.h>

#include "devices.h"
#include "stats/search/bisection.h"

namespace hopcost::search {
namespace {

using std::chrono::seconds;

Goal rfc2544(int trial_s, double width = 0.005) {
  Goal g = rfc2544_goal(seconds(trial_s));
  g.width = width;
  return g;
}

TEST(MlrSearch, FindsAFluidDevicesZeroLossRate) {
  constexpr double kRate = 9104.3, kBuffer = 161;
  for (const int trial_s : {1, 5, 60}) {
    const auto s = search({rfc2544(trial_s)}, {.min_load = 10, .max_load = 20'000}, fluid(kRate, kBuffer));
    const GoalResult& r = s.results.front();
    EXPECT_EQ(r.irregular, "");
    const double truth = kRate + kBuffer / trial_s;  // short trials overstate
    ASSERT_TRUE(r.lower && r.upper);
    EXPECT_LE(*r.lower, truth + 1.0 / trial_s);
    EXPECT_GE(*r.upper, truth);
    EXPECT_LE(*r.upper - *r.lower, 0.005 * *r.upper);
    EXPECT_EQ(r.conditional_throughput, *r.lower);
    EXPECT_LE(s.trials, 6u) << "the forwarding rate leads straight there";
  }
}

TEST(MlrSearch, TheSameAnswersLeadToTheSameQuestions) {
  MlrSearch one({rfc2544(1)}, {.min_load = 10, .max_load = 20'000});
  MlrSearch other({rfc2544(1)}, {.min_load = 10, .max_load = 20'000});
  const auto device = fluid(5000, 0);
  while (const auto ask = one.next()) {
    const auto again = other.next();
    ASSERT_TRUE(again);
    EXPECT_EQ(other.next()->load, again->load) << "asking does not change what is asked";
    EXPECT_EQ(ask->load, again->load);
    one.add(device(*ask));
    other.add(device(*ask));
  }
  EXPECT_FALSE(other.next());
}

TEST(MlrSearch, ShortTrialsFirstCostLessThanBisection) {
  Goal goal = rfc2544(60);
  goal.initial_trial = seconds(1);
  const Range range{.min_load = 10, .max_load = 1e6};
  for (const double rate : {123.0, 9'104.0, 310'000.0, 999'000.0}) {
    const auto device = fluid(rate, 100);
    const auto s = search({goal}, range, device);
    EXPECT_EQ(s.results.front().irregular, "") << rate;
    const double truth = rate + 100.0 / 60;
    EXPECT_LE(*s.results.front().lower, truth + 1);
    EXPECT_GE(*s.results.front().upper, truth);
    Bisection plain(goal, range);
    double plain_s = 0;
    while (const auto ask = plain.next()) {
      plain_s += seconds_of(ask->duration);
      plain.add(device(*ask));
    }
    EXPECT_LT(s.trials_s, plain_s / 2) << rate;
  }
}

TEST(MlrSearch, SaysWhatIsIrregular) {
  const auto all_pass = search({rfc2544(1)}, {.min_load = 10, .max_load = 1000}, fluid(5000, 0));
  EXPECT_EQ(all_pass.results.front().lower, 1000);
  EXPECT_EQ(all_pass.results.front().irregular, "the highest load is a lower bound: no upper bound");
  EXPECT_EQ(all_pass.trials, 1u);
  const auto none = search({rfc2544(1)}, {.min_load = 10, .max_load = 1000},
                           [](const Ask& ask) { return trial_of(ask, ask.load * seconds_of(ask.duration)); });
  EXPECT_EQ(none.results.front().irregular, "even the least load loses too much: no lower bound");
  EXPECT_EQ(none.results.front().conditional_throughput, 0);
  const auto cut = search({rfc2544(1)}, {.min_load = 10, .max_load = 1e6, .most_trials = 2}, fluid(333, 0));
  EXPECT_NE(cut.results.front().irregular, "");
  EXPECT_EQ(cut.trials, 2u);
}

// With one accident in five trials RFC 2544's goal ends wherever one happened; half of 21 trials may lose.
TEST(MlrSearch, AccidentsScatterTheFirstGoalAndNotTheNonDropRate) {
  Random random(7);
  int wrong_2544 = 0;
  double least_ndr = 1e9, most_ndr = 0;
  for (int i = 0; i < 40; ++i) {
    const auto device = accidental(8000, 0, 5, random);
    const Range range{.min_load = 10, .max_load = 20'000};
    const auto plain = search({rfc2544(1)}, range, device);
    if (plain.results.front().upper.value_or(1e9) <= 8000) ++wrong_2544;
    const auto s = search({ndr_goal(seconds(1))}, range, device);
    EXPECT_EQ(s.results.front().irregular, "");
    least_ndr = std::min(least_ndr, s.results.front().lower.value_or(0));
    most_ndr = std::max(most_ndr, s.results.front().lower.value_or(0));
  }
  EXPECT_GT(wrong_2544, 2) << "an accident is taken for the device's limit";
  EXPECT_GT(least_ndr, 7900);
  EXPECT_LE(most_ndr, 8001);
}

// Where its rate wanders from trial to trial the partial-drop rate is steadier than the non-drop rate.
TEST(MlrSearch, ANoisyDevice) {
  Random random(3);
  const auto spread = [&](const Goal& goal) {
    double least = 1e9, most = 0;
    for (int i = 0; i < 30; ++i) {
      const auto s = search({goal}, {.min_load = 10, .max_load = 20'000}, noisy(8000, 0.02, random));
      EXPECT_TRUE(s.results.front().lower);
      least = std::min(least, s.results.front().lower.value_or(0));
      most = std::max(most, s.results.front().lower.value_or(0));
    }
    EXPECT_GT(least, 8000 * 0.97);
    EXPECT_LT(most, 8000 * 1.03);
    return most - least;
  };
  const double ndr = spread(ndr_goal(seconds(1))), one = spread(rfc2544(1)),
               pdr = spread(pdr_goal(seconds(1)));
  EXPECT_LT(ndr, one) << "21 trials scatter less than one";
  EXPECT_LT(pdr, one);
}

// The highest load passes, a band below it does not: the smallest upper bound wins.
TEST(MlrSearch, LossInversionIsNotBelieved) {
  MlrSearch mlr({rfc2544(1)}, {.min_load = 10, .max_load = 20'000});
  const auto device = inverting(4000, 6000, 30'000);
  mlr.add(device({5000, seconds(1)}));  // as a trial of another goal may have shown
  while (const auto ask = mlr.next()) mlr.add(device(*ask));
  const GoalResult r = mlr.results().front();
  ASSERT_TRUE(r.lower && r.upper);
  EXPECT_LE(*r.lower, 4000);
  EXPECT_GT(*r.upper, 4000);
  EXPECT_LT(*r.upper, 4100);
}

TEST(MlrSearch, GoalsShareTrials) {
  const Range range{.min_load = 10, .max_load = 20'000};
  const auto device = fluid(8000, 0);
  const auto ndr = search({ndr_goal(seconds(1))}, range, device);
  const auto pdr = search({pdr_goal(seconds(1))}, range, device);
  const auto both = search({ndr_goal(seconds(1)), pdr_goal(seconds(1))}, range, device);
  ASSERT_EQ(both.results.size(), 2u);
  EXPECT_LT(both.trials, ndr.trials + pdr.trials);
  EXPECT_NEAR(*both.results[0].lower, 8000, 41);
  EXPECT_NEAR(*both.results[1].lower, 8000 / 0.995, 41);
  EXPECT_NEAR(both.results[1].conditional_throughput, 8000, 41);
}

}  // namespace
}  // namespace hopcost::search
