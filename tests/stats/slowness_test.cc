#include "stats/slowness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace hopcost {
namespace {

constexpr double kFast = 2000, kNoise = 40, kGrows = 0.3, kFigure = 700;
constexpr std::size_t kMoments = 40;

/// Builds on a CPU that is slow for a `share` of the moments, by a tenth; figures that grow with it by
/// kGrows.
struct Made {
  std::vector<Readings> builds;
  std::vector<std::vector<double>> figures;
};

Made made_of(std::size_t builds, double share, double reading_noise = kNoise, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise;
  std::bernoulli_distribution slow(share);
  Made m;
  for (std::size_t b = 0; b < builds; ++b) {
    Readings& r = m.builds.emplace_back();
    auto& figures = m.figures.emplace_back();
    for (std::size_t i = 0; i < kMoments; ++i) {
      const double ns = kFast * (slow(random) ? 1.1 : 1);
      r.one.push_back(ns + reading_noise * noise(random));
      r.two.push_back(ns + reading_noise * noise(random));
      figures.push_back(kFigure + kGrows * (ns - kFast) + kNoise * noise(random));
    }
  }
  return m;
}

TEST(Slowness, FindsTheUndisturbedCpuWhateverShareOfTheTimeItIsDisturbed) {
  for (const double share : {0.0, 0.1, 0.5, 0.8, 0.9})
    EXPECT_NEAR(slowness_of(made_of(30, share).builds).undisturbed, kFast, 8) << share;
  EXPECT_NEAR(slowness_of(made_of(30, 0).builds).middle, kFast, 5);
  EXPECT_NEAR(slowness_of(made_of(30, 0.95).builds).middle, 1.1 * kFast, 10);
}

TEST(Slowness, IsSmallWhereTheSpeedDoesNotChange) {
  double squares = 0, n = 0;
  for (const auto& build : slowness_of(made_of(30, 0).builds).over) {
    for (const double over : build) squares += over * over, n += 1;
  }
  EXPECT_LT(std::sqrt(squares / n), kNoise / 4) << "what noise there is has been shrunk away";
}

TEST(Slowness, AReadingFarFromTheOtherTellsNothing) {
  Made m = made_of(10, 0);
  m.builds[3].one[7] = 9000;
  m.builds[3].two[8] = std::numeric_limits<double>::infinity();
  const Slowness s = slowness_of(m.builds);
  EXPECT_LT(std::abs(s.over[3][7]), 20);
  EXPECT_LT(std::abs(s.over[3][8]), 20);
}

TEST(Slowness, ABuildWithoutReadingsIsTakenForTheMiddle) {
  Made m = made_of(10, 0.8);
  m.builds[4].one.assign(kMoments, std::nan(""));
  const Slowness s = slowness_of(m.builds);
  for (const double over : s.over[4]) EXPECT_DOUBLE_EQ(over, s.middle - s.undisturbed);
}

// Fewer moments than noise fills the gaps between.
TEST(Slowness, AFastMomentAloneIsFound) {
  const std::vector<Readings> one = {{{2000, 2300, 2310, 2290, 2305, 2320, 2295, 2308, 2312},
                                      {2010, 2280, 2300, 2310, 2295, 2330, 2310, 2300, 2290}}};
  EXPECT_NEAR(slowness_of(one).undisturbed, 2005, 1);
  const std::vector<Readings> even = {{{10, 20, 30, 41}, {10, 20, 30, 41}}};
  EXPECT_EQ(slowness_of(even).undisturbed, 10);
}

TEST(Slowness, OfNothingIsNothing) {
  EXPECT_EQ(slowness_of({}).undisturbed, 0);
  const Slowness s = slowness_of(std::vector<Readings>(2, Readings{{INFINITY}, {1}}));
  EXPECT_EQ(s.middle, 0);
  EXPECT_EQ(s.over, (std::vector<std::vector<double>>{{0}, {0}}));
}

TEST(SlopeOf, FindsHowMuchAFigureGrows) {
  const Made m = made_of(30, 0.5);
  const Slope slope = slope_of(m.figures, slowness_of(m.builds), {0, 0.35});
  EXPECT_NEAR(slope.value, kGrows, 4 * slope.error + 0.01);
  EXPECT_LT(slope.error, 0.02);
}

TEST(SlopeOf, ItsErrorIsWhatItScattersBy) {
  constexpr int kRuns = 150;
  double squares = 0, error = 0;
  for (unsigned seed = 0; seed < kRuns; ++seed) {
    const Made m = made_of(15, 0.5, kNoise, seed + 10);
    const Slope slope = slope_of(m.figures, slowness_of(m.builds), {-100, 100});
    squares += std::pow(slope.value - kGrows, 2) / kRuns;
    error += slope.error / kRuns;
  }
  EXPECT_NEAR(error / std::sqrt(squares), 1, 0.14);
}

TEST(SlopeOf, StaysInItsRange) {
  const Made m = made_of(30, 0.5);
  EXPECT_EQ(slope_of(m.figures, slowness_of(m.builds), {0, 0.01}).value, 0.01);
  EXPECT_EQ(slope_of(m.figures, slowness_of(m.builds), {-0.1, 0}).value, 0);
}

TEST(SlopeOf, FiguresFarOffMoveItLittle) {
  Made m = made_of(30, 0.5);
  for (std::size_t b = 0; b < 30; ++b) m.figures[b][b] += 20'000;
  EXPECT_NEAR(slope_of(m.figures, slowness_of(m.builds), {0, 0.35}).value, kGrows, 0.05);
}

TEST(SlopeOf, WithoutChangesOfSpeedTheRangeIsAllThatIsKnown) {
  std::vector<Readings> builds(4, Readings{{2000, 2000}, {2000, 2000}});
  const std::vector<std::vector<double>> figures(4, {1, 2});
  const Slope slope = slope_of(figures, slowness_of(builds), {0, 0.4});
  EXPECT_DOUBLE_EQ(slope.value, 0.2);
  EXPECT_NEAR(slope.error, 0.4 / std::sqrt(12.0), 1e-12);
  EXPECT_EQ(slope_of(figures, slowness_of(builds), {0, 0}).value, 0);
}

TEST(SlopeOf, ExactBuildsCountMore) {
  constexpr int kRuns = 100;
  double alike = 0, weighed = 0, error = 0;
  for (unsigned seed = 0; seed < kRuns; ++seed) {
    Made m = made_of(20, 0.5, kNoise, seed + 10);
    std::mt19937_64 random(seed);
    std::normal_distribution<double> noise(0, 10 * kNoise);
    std::vector<double> exactness(20, 1);
    for (std::size_t b = 0; b < 20; b += 2) {
      for (double& f : m.figures[b]) f += noise(random);
      exactness[b] = 0.1;
    }
    const Slowness slowness = slowness_of(m.builds);
    const Slope slope = slope_of(m.figures, slowness, {-100, 100}, exactness);
    alike += std::pow(slope_of(m.figures, slowness, {-100, 100}).value - kGrows, 2);
    weighed += std::pow(slope.value - kGrows, 2) / kRuns;
    error += slope.error / kRuns;
    double pulls = 0;
    for (const double pull : slope.pulls) pulls += pull * pull;
    EXPECT_NEAR(std::sqrt(pulls), slope.error, 0.05 * slope.error) << "20 / 19, and a wide prior";
  }
  EXPECT_LT(weighed, 0.6 * alike / kRuns);
  EXPECT_NEAR(error / std::sqrt(weighed), 1, 0.2);
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

TEST(SlopeOf, FiguresThatAreNotFiniteAreLeftOut) {
  Made m = made_of(30, 0.5);
  m.figures[0][0] = INFINITY;
  m.figures[1][1] = std::nan("");
  EXPECT_NEAR(slope_of(m.figures, slowness_of(m.builds), {0, 0.35}).value, kGrows, 0.05);
}

}  // namespace
}  // namespace hopcost
