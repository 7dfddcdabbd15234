// Binomial intervals against summing the probabilities one by one, textbook ranks, and the rules for loss.
#include "stats/quantile_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "stats/normal.h"

namespace hopcost {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

double summed_cdf(std::uint64_t k, std::uint64_t n, double p) {
  double sum = 0.0;
  for (std::uint64_t i = 0; i <= k; ++i) {
    double log = 0.0;
    for (std::uint64_t j = 1; j <= i; ++j)
      log += std::log(static_cast<double>(n - i + j) / static_cast<double>(j));
    sum += std::exp(log + static_cast<double>(i) * std::log(p) + static_cast<double>(n - i) * std::log1p(-p));
  }
  return sum;
}

HdrHistogram one_to(std::uint64_t n) {
  HdrHistogram h;
  for (std::uint64_t v = 1; v <= n; ++v) h.record(v);
  return h;
}

TEST(Binomial, CdfMatchesTheSum) {
  for (std::uint64_t n : {1u, 2u, 7u, 40u, 150u})
    for (double p : {0.01, 0.3, 0.5, 0.9, 0.999})
      for (std::uint64_t k = 0; k < n; ++k)
        ASSERT_NEAR(binomial_cdf(k, n, p), summed_cdf(k, n, p), 1e-11) << n << " " << p << " " << k;
  EXPECT_EQ(binomial_cdf(5, 5, 0.5), 1.0);
}

TEST(Normal, KnownAnswers) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile(0.8), 0.8416212335729143, 1e-12);
  EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 1e-10);
  EXPECT_NEAR(normal_cdf(-1.6448536269514722), 0.05, 1e-13);
  EXPECT_EQ(normal_quantile(0.0), -kInfinite);
}

TEST(QuantileRanks, TextbookMedians) {  // published tables of the sign test's interval for the median
  EXPECT_EQ(quantile_ranks(10, 0.5, 0.95).lo, 2u);
  EXPECT_EQ(quantile_ranks(10, 0.5, 0.95).hi, 9u);
  EXPECT_EQ(quantile_ranks(100, 0.5, 0.95).lo, 40u);
  EXPECT_EQ(quantile_ranks(100, 0.5, 0.95).hi, 61u);
  EXPECT_EQ(quantile_ranks(5, 0.5, 0.95).lo, 0u) << "five values cannot bound a median at 95 %";
  EXPECT_EQ(quantile_ranks(5, 0.5, 0.95).hi, 6u);
}

TEST(QuantileRanks, TightestThatCover) {
  for (std::uint64_t n : {20u, 137u, 1000u, 50'000u, 100'000'000u}) {
    for (double q : {0.5, 0.9, 0.99, 0.999}) {
      const RankInterval r = quantile_ranks(n, q, 0.95);
      EXPECT_TRUE(r.lo == 0 || binomial_cdf(r.lo - 1, n, q) <= 0.025 + 1e-12) << n << " " << q;
      EXPECT_GT(binomial_cdf(r.lo, n, q), 0.025) << n << " " << q;
      EXPECT_GE(binomial_cdf(r.hi - 1, n, q), 0.975) << n << " " << q;
      EXPECT_TRUE(r.hi == 1 || binomial_cdf(r.hi - 2, n, q) < 0.975) << n << " " << q;
    }
  }
}

TEST(QuantileInterval, OfOneToAThousand) {
  const auto r = quantile_interval(one_to(1000), 0.5);
  EXPECT_TRUE(r.ok());
  EXPECT_EQ(r.estimate, 500.0);
  EXPECT_EQ(r.lo, 469.0);  // R: qbinom(.025, 1000, .5) = 469, qbinom(.975, 1000, .5) + 1 = 532
  EXPECT_EQ(r.hi, 532.0);
}

TEST(QuantileInterval, EstimateIsTheHistogramsOwnWithoutLoss) {
  const HdrHistogram h = one_to(1000);
  for (int k = 1; k < 1000; ++k)
    EXPECT_EQ(quantile_interval(h, k / 1000.0).estimate,
              static_cast<double>(h.value_at_quantile(k / 1000.0)));
}

TEST(QuantileInterval, NeedsAHundredPacketsBeyond) {
  EXPECT_EQ(quantile_interval(one_to(1000), 0.9).status, QuantileStatus::kOk);
  EXPECT_EQ(quantile_interval(one_to(999), 0.9).status, QuantileStatus::kTooFew);
  EXPECT_EQ(quantile_interval(one_to(1000), 0.99).status, QuantileStatus::kTooFew);
  EXPECT_EQ(quantile_interval(HdrHistogram(), 0.5).status, QuantileStatus::kEmpty);
  EXPECT_FALSE(reason(QuantileStatus::kTooFew).empty());
  EXPECT_TRUE(reason(QuantileStatus::kOk).empty());
}

TEST(QuantileInterval, LossIsInfinitelyLate) {
  const HdrHistogram h = one_to(1900);
  const auto median = quantile_interval(h, 0.5, 100);
  EXPECT_TRUE(median.ok());
  EXPECT_EQ(median.n, 2000u);
  EXPECT_EQ(median.estimate, 1000.0) << "the losses push the median up";
  EXPECT_EQ(quantile_interval(h, 0.95, 101).status, QuantileStatus::kLoss);
  EXPECT_EQ(quantile_interval(h, 0.95, 101).estimate, kInfinite);
  const auto edge = quantile_interval(h, 0.95, 100);
  EXPECT_TRUE(edge.ok());
  EXPECT_EQ(edge.estimate, 1900.0);
  EXPECT_EQ(edge.hi, kInfinite) << "chance alone may hide that the quantile is lost";
  HdrHistogram over = h;
  over.record_n(~0ull, 200);
  EXPECT_EQ(quantile_interval(over, 0.95).status, QuantileStatus::kLoss);
}

TEST(QuantileInterval, CoversAsOftenAsItSays) {
  std::mt19937_64 random(12);
  std::exponential_distribution<double> latency(1.0 / 500.0);
  const double truth = -500.0 * std::log(0.1);
  int covered = 0;
  const int runs = 1000;
  for (int i = 0; i < runs; ++i) {
    HdrHistogram h;
    for (int k = 0; k < 1000; ++k) h.record(static_cast<std::uint64_t>(latency(random)));
    const auto r = quantile_interval(h, 0.9);
    covered += r.lo <= truth && truth <= r.hi + 1.0;
  }
  EXPECT_GT(covered, runs * 93 / 100);
  EXPECT_LT(covered, runs * 98 / 100);
}

}  // namespace
}  // namespace hopcost
