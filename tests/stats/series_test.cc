// Figures that follow each other and are alike: found, allowed for, and not seen where they are not.
#include "stats/series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace hopcost {
namespace {

/// AR(1) of unit variance.
std::vector<double> alike(double lag, int n, std::mt19937_64& random) {
  std::normal_distribution<double> noise;
  std::vector<double> series = {noise(random)};
  while (static_cast<int>(series.size()) < n)
    series.push_back(lag * series.back() + std::sqrt(1 - lag * lag) * noise(random));
  return series;
}

TEST(Series, FindsTheLagThatIsThere) {
  std::mt19937_64 random(1);
  for (const double lag : {0.3, 0.6}) EXPECT_NEAR(lag1(alike(lag, 20'000, random)), lag, 0.03);
  EXPECT_LT(lag1(alike(0, 20'000, random)), 0.03);
  EXPECT_EQ(lag1(alike(-0.5, 200, random)), 0) << "what alternates is not alike";
}

TEST(Series, TooFewTellNothing) {
  EXPECT_EQ(lag1(std::vector<double>{1, 2, 3, 4, 5, 6, 7}), 0);
  EXPECT_EQ(shift_of(std::vector<double>{1, 2, 3}).widened, 1);
  EXPECT_FALSE(shift_of(std::vector<double>{1, 2, 3}).shift.enough);
}

TEST(Series, OneOutlierDoesNotDecide) {
  std::mt19937_64 random(2);
  std::vector<double> series = alike(0.5, 400, random);
  const double before = lag1(series);
  series[200] = 1e9;
  EXPECT_NEAR(lag1(series), before, 0.05);
}

TEST(Series, IntervalAndPValueAllowForIt) {
  std::vector<double> wave;
  for (int i = 0; i < 32; ++i) wave.push_back(1 + std::sin(i / 5.0));
  const Shift plain = hodges_lehmann(wave);
  const SeriesShift s = shift_of(wave);
  EXPECT_EQ(s.shift.estimate, plain.estimate);
  EXPECT_GT(s.lag, 0.5);
  EXPECT_NEAR(s.shift.ci.half_width(), s.widened * plain.ci.half_width(), 1e-9);
  EXPECT_GT(s.shift.p_value, plain.p_value);
}

TEST(Series, SamenessTakesMoreWhereFiguresAreAlike) {
  std::vector<double> wave;
  for (int i = 0; i < 32; ++i) wave.push_back(3 * std::sin(i / 5.0));
  const Equivalence plain = tost(wave, 5), series = equivalence_of(wave, 5);
  EXPECT_GT(series.ci.half_width(), plain.ci.half_width());
  EXPECT_GT(series.p_value, plain.p_value);
}

}  // namespace
}  // namespace hopcost
