#include "stats/slope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace hopcost {
namespace {

constexpr double kScatter = 40, kSlowNs = 200, kGrows = 0.3, kFigureNs = 700;
constexpr std::size_t kMomentsEach = 40, kManyBuilds = 30;

/// Builds on a CPU that is slow for a `share` of the moments; figures that grow with it by kGrows, and
/// scatter `slow_scatter` then.
std::vector<Moment> moments_of(std::size_t builds, double share, unsigned seed = 1,
                               double slow_scatter = kScatter) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise;
  std::bernoulli_distribution is_slow(share);
  std::vector<Moment> made;
  for (std::size_t b = 0; b < builds; ++b) {
    for (std::size_t i = 0; i < kMomentsEach; ++i) {
      const bool slow = is_slow(random);
      const double expected = slow ? kSlowNs : 0, scatter = slow ? slow_scatter : kScatter;
      made.push_back({.figure = kFigureNs + kGrows * expected + scatter * noise(random),
                      .over = expected + kScatter * noise(random),
                      .expected = expected,
                      .build = b});
    }
  }
  return made;
}

// The readings' noise does not flatten it.
TEST(SlopeOf, FindsHowMuchAFigureGrows) {
  const auto made = moments_of(kManyBuilds, 0.5);
  const Slope slope = slope_of(made, kManyBuilds, {0, 0.35});
  EXPECT_NEAR(slope.value, kGrows, 4 * slope.error + 0.01);
  EXPECT_LT(slope.error, 0.02);
}

TEST(SlopeOf, ItsErrorIsWhatItScattersBy) {
  constexpr int kRuns = 150;
  double squares = 0, error = 0, mean = 0;
  for (unsigned seed = 0; seed < kRuns; ++seed) {
    const Slope slope = slope_of(moments_of(15, 0.5, seed + 10), 15, {-100, 100});
    squares += std::pow(slope.value - kGrows, 2) / kRuns;
    error += slope.error / kRuns;
    mean += slope.value / kRuns;
    double pulls = 0;
    for (const double pull : slope.pulls) pulls += pull * pull;
    EXPECT_NEAR(std::sqrt(pulls), slope.error, 0.05 * slope.error) << "15 / 14, and a wide prior";
  }
  EXPECT_NEAR(mean, kGrows, 3 * error / std::sqrt(kRuns));
  EXPECT_NEAR(error / std::sqrt(squares), 1, 0.14);
}

TEST(SlopeOf, StaysInItsRange) {
  const auto made = moments_of(kManyBuilds, 0.5);
  EXPECT_EQ(slope_of(made, kManyBuilds, {0, 0.01}).value, 0.01);
  EXPECT_EQ(slope_of(made, kManyBuilds, {-0.1, 0}).value, 0);
}

TEST(SlopeOf, FiguresFarOffMoveItLittle) {
  auto made = moments_of(kManyBuilds, 0.5);
  for (std::size_t i = 0; i < made.size(); i += kMomentsEach) made[i].figure += 20'000;
  EXPECT_NEAR(slope_of(made, kManyBuilds, {0, 0.35}).value, kGrows, 0.05);
}

TEST(SlopeOf, FiguresThatAreNotFiniteAreLeftOut) {
  auto made = moments_of(kManyBuilds, 0.5);
  made[0].figure = INFINITY;
  made[100].figure = -INFINITY;
  EXPECT_NEAR(slope_of(made, kManyBuilds, {0, 0.35}).value, kGrows, 0.05);
}

TEST(SlopeOf, WithoutChangesOfSpeedTheRangeIsAllThatIsKnown) {
  for (const double expected : {0.0, 13.7}) {
    auto made = moments_of(kManyBuilds, 0);
    for (Moment& m : made) m.expected = expected;
    const Slope slope = slope_of(made, kManyBuilds, {0, 0.4});
    EXPECT_DOUBLE_EQ(slope.value, 0.2);
    EXPECT_NEAR(slope.error, 0.4 / std::sqrt(12.0), 1e-12);
    EXPECT_EQ(slope_of(made, kManyBuilds, {0, 0}).value, 0);
  }
}

TEST(SlopeOf, EqualFiguresDoNotGrow) {
  auto made = moments_of(kManyBuilds, 0.5);
  for (Moment& m : made) m.figure = 52;
  EXPECT_NEAR(slope_of(made, kManyBuilds, {-1, 1}).value, 0, 1e-9);
}

TEST(Weigh, MomentsOfASlowCpuCountLessWhereTheyScatterMore) {
  constexpr int kRuns = 100;
  double squares = 0, error = 0;
  for (unsigned seed = 0; seed < kRuns; ++seed) {
    auto made = moments_of(20, 0.5, seed + 10, 5 * kScatter);
    weigh(made, kGrows);
    const Slope slope = slope_of(made, 20, {-100, 100});
    squares += std::pow(slope.value - kGrows, 2) / kRuns;
    error += slope.error / kRuns;
    double fast = 0, slow = 0;
    for (const Moment& m : made) (m.expected == 0 ? fast : slow) = m.weight;
    EXPECT_NEAR(fast / slow, 25, 12);
  }
  EXPECT_NEAR(error / std::sqrt(squares), 1, 0.2);
}

TEST(Weigh, AllCountAlikeWhereThereAreFewOrNothingIsKnownOrAllAreEqual) {
  const auto all_alike = [](std::vector<Moment> made) {
    weigh(made, kGrows);
    return std::ranges::all_of(made, [](const Moment& m) { return m.weight == 1; });
  };
  EXPECT_TRUE(all_alike(moments_of(1, 0.5)));
  auto made = moments_of(kManyBuilds, 0.5, 1, 5 * kScatter);
  EXPECT_FALSE(all_alike(made));
  for (Moment& m : made) m.over = m.expected = 0;
  EXPECT_TRUE(all_alike(made));
  made = moments_of(kManyBuilds, 0.5);
  for (Moment& m : made) m.figure = kGrows * m.over;
  EXPECT_TRUE(all_alike(made));
}

/// Twelve steps of slowness, each with its scatter.
std::vector<Moment> steps(const std::vector<double>& scatter) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> noise;
  std::vector<Moment> made;
  for (std::size_t step = 0; step < scatter.size(); ++step) {
    for (std::size_t i = 0; i < 400; ++i) {
      const double over = 50 * static_cast<double>(step);
      made.push_back({.figure = kFigureNs + scatter[step] * noise(random), .over = over, .expected = over});
    }
  }
  return made;
}

TEST(Weigh, NeverRisesWithSlownessAndNoneIsAbove16) {
  auto made = steps({1, 10, 20, 30, 40, 50, 60, 20, 80, 90, 100, 110});
  weigh(made, 0);
  for (std::size_t i = 1; i < made.size(); ++i) EXPECT_LE(made[i].weight, made[i - 1].weight);
  EXPECT_EQ(made.front().weight, 16);
  EXPECT_EQ(made[6 * 400].weight, made[7 * 400].weight) << "the dip is one with what is before it";
  EXPECT_LT(made[8 * 400].weight, made[7 * 400].weight);
}

// The slowest moments have too few figures for a slice of their own.
TEST(Weigh, MomentsWithFewFiguresCountAsTheirNeighbours) {
  auto made = steps({10, 40, 80});
  for (std::size_t i = 2 * 400 + 5; i < made.size(); ++i) made[i].figure = INFINITY;
  weigh(made, 0);
  EXPECT_EQ(made.back().weight, made[400].weight);
  EXPECT_GT(made.front().weight, made.back().weight);
}

// What is lost counts as much as what arrived then.
TEST(Weigh, InfiniteFiguresHaveTheWeightOfTheirMoment) {
  auto made = moments_of(kManyBuilds, 0.5, 1, 5 * kScatter);
  for (std::size_t i = 0; i < made.size(); i += 10) made[i].figure = INFINITY;
  weigh(made, kGrows);
  double fast = 0, lost = 0;
  for (const Moment& m : made) {
    if (m.expected == 0) (std::isfinite(m.figure) ? fast : lost) = m.weight;
  }
  EXPECT_EQ(lost, fast);
}

TEST(ScatterBy, FindsTheLineOfTheDistances) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> noise;
  std::vector<double> slowness, growing, steady, falling;
  for (int i = 0; i < 4000; ++i) {
    const double x = i / 10.0, d = std::abs(noise(random));
    slowness.push_back(x);
    growing.push_back(d * (10 + 0.1 * x));
    steady.push_back(d * 10);
    falling.push_back(d * (50 - 0.1 * x));
  }
  const Scattering scatter = scatter_by(slowness, growing);
  EXPECT_NEAR(scatter(400) / scatter(0), 5, 0.8);
  EXPECT_GE(scatter(-1000), scatter.least);
  EXPECT_GT(scatter.least, 0);
  EXPECT_NEAR(scatter_by(slowness, steady)(400) / scatter_by(slowness, steady)(0), 1, 0.1);
  EXPECT_EQ(scatter_by(slowness, falling)(400), scatter_by(slowness, falling)(0));
}

}  // namespace
}  // namespace hopcost
