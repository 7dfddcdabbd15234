// The random-effects model against published figures, against closed forms, and by simulation.
#include "stats/random_effects.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace hopcost {
namespace {

/// Thirteen trials of the BCG vaccine (Colditz et al., JAMA 1994, 271:698): cases and others, vaccinated and
/// not, as log relative risks.
std::vector<UnitEstimate> bcg() {
  constexpr double kTrials[][4] = {{4, 119, 11, 128},       {6, 300, 29, 274},        {3, 228, 11, 209},
                                   {62, 13536, 248, 12619}, {33, 5036, 47, 5761},     {180, 1361, 372, 1079},
                                   {8, 2537, 10, 619},      {505, 87886, 499, 87892}, {29, 7470, 45, 7232},
                                   {17, 1699, 65, 1600},    {186, 50448, 141, 27197}, {5, 2493, 3, 2338},
                                   {27, 16886, 29, 17825}};
  std::vector<UnitEstimate> units;
  for (const auto& [a, b, c, d] : kTrials)
    units.push_back({std::log(a / (a + b) / (c / (c + d))), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)});
  return units;
}

// Viechtbauer, Journal of Statistical Software 36(3), 2010: the estimators of these data agree on a variance
// of about 0.31 (the empirical Bayes estimator, which is Paule and Mandel's, 0.318) and an I squared of 92 %.
TEST(RandomEffects, PublishedTrials) {
  const RandomEffects r = random_effects(bcg());
  EXPECT_NEAR(r.between_sd * r.between_sd, 0.318, 5e-4);
  EXPECT_NEAR(r.between_share, 0.923, 5e-4);
  EXPECT_NEAR(r.mean, -0.715, 5e-4);
  EXPECT_NEAR(r.standard_error, 0.181, 5e-4);
  // t with 12 degrees of freedom: 2.1788; with 11: 2.2010 (NIST/SEMATECH e-Handbook, 1.3.6.7.2).
  EXPECT_NEAR(r.ci95.lo, r.mean - 2.1788 * r.standard_error, 1e-4);
  EXPECT_NEAR(r.ci95.hi, r.mean + 2.1788 * r.standard_error, 1e-4);
  ASSERT_TRUE(r.next95);
  EXPECT_NEAR(r.next95->half_width(), 2.2010 * std::hypot(r.between_sd, r.standard_error), 1e-4);
}

TEST(RandomEffects, EqualErrorsHaveClosedForms) {
  // Mean 4, variance of the estimates 10; so 10 - 1 is between the units, and the interval is Student's.
  const std::vector<UnitEstimate> units = {{0, 1}, {2, 1}, {4, 1}, {6, 1}, {8, 1}};
  const RandomEffects r = random_effects(units);
  EXPECT_NEAR(r.mean, 4, 1e-12);
  EXPECT_NEAR(r.between_sd, 3, 1e-9);
  EXPECT_NEAR(r.between_share, 0.9, 1e-9);
  EXPECT_NEAR(r.ci95.half_width(), 2.7764 * std::sqrt(10.0 / 5), 1e-4);
}

TEST(RandomEffects, EstimatesThatAgreeAreNotTrustedMoreThanTheirErrors) {
  const std::vector<UnitEstimate> units = {{5, 4}, {5, 4}, {5, 4}, {5, 4}};
  const RandomEffects r = random_effects(units);
  EXPECT_EQ(r.between_sd, 0);
  EXPECT_EQ(r.between_share, 0);
  EXPECT_NEAR(r.standard_error, 1, 1e-12);
  EXPECT_NEAR(r.ci95.half_width(), 3.1824, 1e-4);
}

TEST(RandomEffects, FewUnits) {
  const std::vector<UnitEstimate> one = {{5, 4}}, two = {{5, 4}, {9, 4}};
  EXPECT_EQ(random_effects(one).mean, 5);
  EXPECT_FALSE(std::isfinite(random_effects(one).ci95.hi));
  EXPECT_NEAR(random_effects(two).mean, 7, 1e-12);
  EXPECT_NEAR(random_effects(two).ci95.half_width(), 12.7062 * 2, 1e-3);
  EXPECT_FALSE(random_effects(two).next95);
}

/// Units that truly differ by `between`, each measured with errors of its own.
std::vector<UnitEstimate> drawn(std::mt19937& random, std::size_t n, double between) {
  std::normal_distribution<> normal;
  std::uniform_real_distribution<> error(1, 10);
  std::vector<UnitEstimate> units;
  for (std::size_t i = 0; i < n; ++i) {
    const double e = error(random);
    units.push_back({100 + between * normal(random) + e * normal(random), e * e});
  }
  return units;
}

TEST(RandomEffects, IntervalsHoldTheTruth) {
  std::mt19937 random(7);
  std::normal_distribution<> normal;
  for (const double between : {0.0, 5.0, 40.0}) {
    constexpr int kRuns = 2000;
    int mean_held = 0, next_held = 0;
    for (int i = 0; i < kRuns; ++i) {
      const RandomEffects r = random_effects(drawn(random, 8, between));
      mean_held += r.ci95.holds(100) ? 1 : 0;
      next_held += r.next95->holds(100 + between * normal(random)) ? 1 : 0;
    }
    EXPECT_GT(mean_held, 0.93 * kRuns) << between;
    if (between > 0) {
      EXPECT_LT(mean_held, 0.98 * kRuns) << between;
    }
    if (between > 10) {
      EXPECT_GT(next_held, 0.93 * kRuns) << between;
      EXPECT_LT(next_held, 0.98 * kRuns) << between;
    }
  }
}

TEST(Outliers, OneFarOffIsFoundAndMasksNobody) {
  std::vector<UnitEstimate> units = {{100, 4}, {103, 4}, {97, 4}, {101, 4}, {99, 4}, {102, 4}, {400, 4}};
  const auto each = from_others(units);
  EXPECT_LT(each.back().p, 1e-4);
  EXPECT_NEAR(each.back().others_mean, 100 + 2.0 / 6, 1e-9);
  for (std::size_t i = 0; i + 1 < each.size(); ++i) EXPECT_GT(each[i].p, 0.5) << i;
}

TEST(Outliers, AFamilyOfAlikeHostsHasOneInTwentyAtMost) {
  std::mt19937 random(11);
  constexpr int kRuns = 1000;
  int any = 0;
  for (int i = 0; i < kRuns; ++i) {
    for (const FromOthers& one : from_others(drawn(random, 8, 20))) {
      if (one.p < 0.05) {
        ++any;
        break;
      }
    }
  }
  EXPECT_LT(any, 0.08 * kRuns);
}

TEST(Outliers, ThreeHostsTellNothing) {
  const std::vector<UnitEstimate> units = {{1, 1}, {1, 1}, {1000, 1}};
  EXPECT_TRUE(from_others(units).empty());
}

}  // namespace
}  // namespace hopcost
