#include "pktgen/pace/departure_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hopcost::pktgen {
namespace {

std::vector<double> gaps(Gap gap, double mean, int n, std::uint64_t seed) {
  DeparturePlan plan(gap, mean, seed);
  std::vector<double> out;
  for (int i = 0; i < n; ++i) {
    const std::uint64_t before = plan.offset();
    plan.advance();
    out.push_back(static_cast<double>(plan.offset() - before));
  }
  return out;
}

double mean_of(const std::vector<double>& v) {
  double sum = 0;
  for (const double x : v) sum += x;
  return sum / static_cast<double>(v.size());
}

TEST(DeparturePlan, ConstantGapsDoNotDrift) {
  DeparturePlan plan(Gap::kConstant, 2600.3, 1);
  EXPECT_EQ(plan.offset(), 0u);
  for (int i = 0; i < 10'000'000; ++i) plan.advance();
  EXPECT_NEAR(static_cast<double>(plan.offset()), 2600.3 * 1e7, 2);
}

TEST(DeparturePlan, JitterStaysWithinTenPercentAndFillsIt) {
  const auto g = gaps(Gap::kJittered, 1e6, 100'000, 3);
  EXPECT_GE(*std::min_element(g.begin(), g.end()), 0.9e6 - 1);
  EXPECT_LE(*std::max_element(g.begin(), g.end()), 1.1e6 + 1);
  EXPECT_LT(*std::min_element(g.begin(), g.end()), 0.901e6);
  EXPECT_GT(*std::max_element(g.begin(), g.end()), 1.099e6);
  EXPECT_NEAR(mean_of(g), 1e6, 1e6 * 0.001);
}

TEST(DeparturePlan, PoissonGapsAreExponential) {
  const auto g = gaps(Gap::kPoisson, 1e6, 200'000, 4);
  EXPECT_NEAR(mean_of(g), 1e6, 1e6 * 0.01);
  const auto above = [&](double t) {
    return static_cast<double>(std::count_if(g.begin(), g.end(), [&](double x) { return x > t; })) /
           static_cast<double>(g.size());
  };
  EXPECT_NEAR(above(1e6), std::exp(-1), 0.005);
  EXPECT_NEAR(above(3e6), std::exp(-3), 0.003);
}

TEST(DeparturePlan, SeedDecides) {
  EXPECT_EQ(gaps(Gap::kPoisson, 1000, 100, 9), gaps(Gap::kPoisson, 1000, 100, 9));
  EXPECT_NE(gaps(Gap::kPoisson, 1000, 100, 9), gaps(Gap::kPoisson, 1000, 100, 10));
}

// The first numbers of SplitMix64 for seed 1234567, as its authors' reference code gives them.
TEST(Random, KnownAnswers) {
  Random r(1234567);
  EXPECT_EQ(r.bits(), 6457827717110365317u);
  EXPECT_EQ(r.bits(), 3203168211198807973u);
  EXPECT_EQ(r.bits(), 9817491932198370423u);
}

TEST(DeparturePlan, TrainsKeepTheMean) {
  DeparturePlan plan(Gap::kConstant, 100, 1);
  plan.set_train(4, 10);
  std::vector<std::uint64_t> offsets;
  for (int i = 0; i < 9; ++i, plan.advance()) offsets.push_back(plan.offset());
  EXPECT_EQ(offsets, (std::vector<std::uint64_t>{0, 10, 20, 30, 400, 410, 420, 430, 800}));
}

TEST(DeparturePlan, StepsFollowEachOther) {
  const std::vector<RateStep> steps{{1000, 0.01, 0.01}, {1000, 0.05, 0.05}};
  DeparturePlan plan(Gap::kConstant, 1, 1);
  plan.set_steps(steps);
  std::size_t first = 0, second = 0;
  for (; plan.offset() < 2000; plan.advance()) ++(plan.offset() < 1000 ? first : second);
  EXPECT_EQ(first, 10u);
  EXPECT_EQ(second, 50u);
}

TEST(DeparturePlan, ARampsIntegralIsItsPackets) {
  for (const auto& [from, to] : {std::pair{0.001, 0.1}, {0.1, 0.001}, {0.02, 0.02}}) {
    const std::vector<RateStep> steps{{1e6, from, to}};
    DeparturePlan plan(Gap::kConstant, 1, 1);
    plan.set_steps(steps);
    std::uint64_t n = 0, half = 0;
    for (; plan.offset() < 1'000'000; plan.advance()) {
      ++n;
      half += plan.offset() < 500'000 ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(n), 1e6 * (from + to) / 2, 1e6 * 0.0005) << from;
    EXPECT_NEAR(static_cast<double>(half), 5e5 * (from + (from + to) / 2) / 2, 1e6 * 0.0005) << from;
  }
}

// 16 departures 2 us apart at one in 10 us: 130 us are left for the pause. A drawn train that is shorter than
// its own gaps would go back in time.
TEST(DeparturePlan, PausesOfTrainsAreDrawnAndNeverNegative) {
  for (const Gap gap : {Gap::kPoisson, Gap::kJittered}) {
    for (const double train_gap : {2'000.0, 10'500.0}) {  // 10.5 us: 2.5 us of pause
      constexpr int kTrains = 20'000;
      DeparturePlan plan(gap, 10'000, 4);
      plan.set_train(16, train_gap);
      std::uint64_t last = plan.offset();
      std::uint64_t shortest = ~std::uint64_t{0};
      for (int i = 1; i <= 16 * kTrains; ++i) {
        plan.advance();
        ASSERT_GE(plan.offset(), last) << i;
        const std::uint64_t step = plan.offset() - last;
        if (i % 16 == 0) {
          shortest = std::min(shortest, step);
        } else {
          ASSERT_NEAR(static_cast<double>(step), train_gap, 1) << i;
        }
        last = plan.offset();
      }
      EXPECT_NEAR(static_cast<double>(last) / (16.0 * kTrains * 10'000), 1, 0.02);
      EXPECT_LT(static_cast<double>(shortest), 0.91 * (160'000 - 15 * train_gap));  // they do vary
    }
  }
}

}  // namespace
}  // namespace hopcost::pktgen
