// The paired estimators against published examples and against listing every case.
#include "stats/paired.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "stats/signed_rank.h"
#include "stats/walsh.h"

namespace hopcost {
namespace {

// Hollander & Wolfe, example 3.1: depression scores before less after. R's wilcox.test(x, y, paired = TRUE,
// conf.int = TRUE) says pseudomedian 0.46, 95 % interval 0.010 to 0.786.
const std::vector<double> kDepression = {1.83 - 0.878, 0.50 - 0.647, 1.62 - 0.598, 2.48 - 2.05, 1.68 - 1.06,
                                         1.88 - 1.29,  1.55 - 1.06,  3.06 - 3.14,  1.30 - 1.29};

std::vector<double> normal_values(std::size_t n, double mean, double sd, std::mt19937_64& random) {
  std::normal_distribution<double> normal(mean, sd);
  std::vector<double> values(n);
  for (double& v : values) v = normal(random);
  return values;
}

std::vector<double> all_walsh(const std::vector<double>& v) {
  std::vector<double> all;
  for (std::size_t i = 0; i < v.size(); ++i)
    for (std::size_t j = i; j < v.size(); ++j) all.push_back((v[i] + v[j]) / 2.0);
  std::sort(all.begin(), all.end());
  return all;
}

TEST(SignedRank, PublishedCriticalValues) {
  // Wilcoxon & Wilcox (1964), two-sided 0.05: the largest T that is significant. k is one more.
  const std::pair<std::size_t, std::size_t> table[] = {
      {6, 0},   {7, 2},   {8, 3},   {9, 5},    {10, 8},   {11, 10},  {12, 13},  {13, 17}, {14, 21},
      {15, 25}, {20, 52}, {25, 89}, {30, 137}, {35, 195}, {40, 264}, {45, 343}, {50, 434}};
  for (const auto& [n, t] : table) EXPECT_EQ(signed_rank_critical(n, 0.025), t + 1) << n;
  EXPECT_EQ(signed_rank_critical(5, 0.025), 0u);
  EXPECT_EQ(signed_rank_critical(5, 0.05), 1u);
}

TEST(SignedRank, NormalTakesOverSmoothly) {
  const std::size_t n = kExactSignedRank;
  const double step = static_cast<double>(signed_rank_critical(n + 1, 0.025)) -
                      static_cast<double>(signed_rank_critical(n, 0.025));
  EXPECT_NEAR(step, 24.0, 2.0);
}

TEST(Walsh, OrderStatisticsMatchTheFullList) {
  std::mt19937_64 random(21);
  for (int round = 0; round < 100; ++round) {
    std::vector<double> v = normal_values(1 + random() % 30, 0, 100, random);
    if (round % 2 == 1)
      for (double& x : v) x = std::round(x / 20.0);  // ties
    std::sort(v.begin(), v.end());
    const std::vector<double> all = all_walsh(v);
    for (std::size_t k = 1; k <= all.size(); ++k)
      ASSERT_NEAR(walsh_average(v, k), all[k - 1], 1e-12) << round;
  }
}

TEST(HodgesLehmann, PublishedExample) {
  const Shift s = hodges_lehmann(kDepression);
  EXPECT_NEAR(s.estimate, 0.46, 1e-9);
  EXPECT_NEAR(s.ci.lo, 0.010, 1e-9);
  EXPECT_NEAR(s.ci.hi, 0.786, 1e-9);
  EXPECT_TRUE(s.enough);
  EXPECT_EQ(s.n, 9u);
}

TEST(HodgesLehmann, TooFewBlocksSaySo) {
  const Shift s = hodges_lehmann(std::vector<double>{1, 2, 3, 4, 5});
  EXPECT_FALSE(s.enough);
  EXPECT_EQ(s.estimate, 3.0);
  EXPECT_EQ(s.ci.lo, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(hodges_lehmann(std::vector<double>{1, 2, 3, 4, 5, 6}).enough);
  EXPECT_FALSE(hodges_lehmann({}).enough);
  EXPECT_EQ(units_needed(0.95), 6u);
  EXPECT_EQ(units_needed(0.90), 5u);
  EXPECT_EQ(units_needed(0.99), 8u);
}

TEST(HodgesLehmann, ZerosAndTiesStayConservative) {
  const Shift zeros = hodges_lehmann(std::vector<double>(12, 0.0));
  EXPECT_EQ(zeros.estimate, 0.0);
  EXPECT_TRUE(zeros.ci.holds(0.0));
  std::mt19937_64 random(23);
  int covered = 0;
  for (int i = 0; i < 2000; ++i) {  // a clock of 10 ns steps
    std::vector<double> d = normal_values(12, 0, 8, random);
    for (double& x : d) x = 10.0 * std::round(x / 10.0);
    covered += hodges_lehmann(d).ci.holds(0.0);
  }
  EXPECT_GE(covered, 1900);
}

TEST(Holm, KnownAnswers) {  // R: p.adjust(c(.01, .04, .03, .005), "holm")
  const std::vector<double> adjusted = holm(std::vector<double>{0.01, 0.04, 0.03, 0.005});
  const double expected[] = {0.03, 0.06, 0.06, 0.02};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_DOUBLE_EQ(adjusted[i], expected[i]);
  EXPECT_EQ(holm(std::vector<double>{0.9, 0.8})[0], 1.0);
  EXPECT_TRUE(holm({}).empty());
}

TEST(MinimumDetectableEffect, IsFoundWithItsPower) {
  std::mt19937_64 random(26);
  double effect = 0;
  for (int i = 0; i < 300; ++i)
    effect += minimum_detectable_effect(hodges_lehmann(normal_values(20, 0, 10, random))) / 300;
  int found = 0;
  for (int i = 0; i < 1000; ++i) found += !hodges_lehmann(normal_values(20, effect, 10, random)).ci.holds(0);
  EXPECT_NEAR(found / 1000.0, 0.8, 0.06);
  EXPECT_EQ(minimum_detectable_effect(hodges_lehmann(std::vector<double>(5, 1.0))),
            std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace hopcost
