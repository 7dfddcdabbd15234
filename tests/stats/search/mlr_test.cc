// Searches over devices whose answer is known.
#include "stats/search/mlr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

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

constexpr double kRate = 8000;
constexpr Range kRange{.min_load = 10, .max_load = 20'000};

/// The lower bounds that 40 searches end with, and the time that their trials take in the mean.
struct Scatter {
  double least = 1e9, most = 0, mean = 0, seconds = 0;
  int irregular = 0;
  /// Counts one of the searches.
  void add(double lower, double took_s, bool odd) {
    least = std::min(least, lower);
    most = std::max(most, lower);
    mean += lower / kSearches;
    seconds += took_s / kSearches;
    irregular += odd ? 1 : 0;
  }
  static constexpr int kSearches = 40;
};

Scatter scatter(const Goal& goal, const Device& device) {
  Scatter found;
  for (int i = 0; i < Scatter::kSearches; ++i) {
    const auto s = search({goal}, kRange, device);
    found.add(s.results.front().lower.value_or(0), s.trials_s, !s.results.front().irregular.empty());
  }
  return found;
}

Scatter by_bisection(const Goal& goal, const Device& device) {
  Scatter found;
  for (int i = 0; i < Scatter::kSearches; ++i) {
    Bisection plain(goal, kRange);
    double took_s = 0;
    while (const auto ask = plain.next()) {
      took_s += seconds_of(ask->duration);
      plain.add(device(*ask));
    }
    found.add(plain.lower().value_or(0), took_s, false);
  }
  return found;
}

// The table of doc/device.md, "The search".
TEST(MlrSearch, HowFarGoalsScatter) {
  Random random(7);
  const std::pair<const char*, Device> devices[] = {
      {"steady", fluid(kRate, 0)},
      {"its rate wanders by 2 % from trial to trial", noisy(kRate, 0.02, random)},
      {"a trial of five loses a frame by accident", accidental(kRate, 0, 5, random)},
      {"loses a hundredth at 4000 to 6000 a second too", inverting(4000, 6000, kRate)}};
  const std::pair<const char*, Goal> goals[] = {{"rfc2544", rfc2544(1)},
                                                {"tst009", tst009_goal(seconds(1))},
                                                {"ndr", ndr_goal(seconds(1))},
                                                {"pdr", pdr_goal(seconds(1))}};
  std::map<std::pair<int, std::string>, Scatter> found;
  int row = 0;
  for (const auto& [what, device] : devices) {
    for (const auto& [name, goal] : goals) found[{row, name}] = scatter(goal, device);
    found[{row, "bisection"}] = by_bisection(rfc2544(1), device);
    for (const char* name : {"rfc2544", "bisection", "tst009", "ndr", "pdr"}) {
      const Scatter& s = found[{row, name}];
      std::printf("| %s | %s | %.0f | %.0f to %.0f | %d | %.1f |\n", what, name, s.mean, s.least, s.most,
                  s.irregular, s.seconds);
    }
    ++row;
  }
  const auto range = [&](int of, const char* goal) {
    return found[{of, goal}].most - found[{of, goal}].least;
  };
  EXPECT_EQ(range(0, "rfc2544"), 0) << "the same answers lead to the same questions";
  for (const char* goal : {"ndr", "pdr"}) {
    EXPECT_LT(range(1, goal), range(1, "rfc2544")) << "21 trials scatter less than one: " << goal;
    EXPECT_GT(found[std::pair(1, goal)].least, 0.97 * kRate) << goal;
    EXPECT_LT(found[std::pair(1, goal)].most, 1.03 * kRate) << goal;
  }
  EXPECT_LT(found[std::pair(2, "bisection")].least, 0.5 * kRate)
      << "takes an accident for the device's limit";
  EXPECT_LT(found[std::pair(2, "rfc2544")].least, 0.995 * kRate)
      << "so does one trial a load, near the limit";
  EXPECT_GT(found[std::pair(2, "rfc2544")].least, 0.95 * kRate);
  EXPECT_GT(found[std::pair(2, "ndr")].least, 7900) << "half of 21 trials may lose";
  EXPECT_LE(found[std::pair(2, "ndr")].most, 8001);
  EXPECT_EQ(found[std::pair(2, "ndr")].irregular, 0);
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
