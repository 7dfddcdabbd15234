// Quantiles and their intervals from resampling builds: that builds are the unit, losses count as infinite,
// and a seed decides everything.
#include "stats/resampled_quantiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace hopcost {
namespace {

constexpr std::size_t kBuilds = 16, kPackets = 400;
constexpr double kMiddle = 1000, kSpread = 20;
constexpr std::array<double, 1> kMedian = {0.5};
constexpr std::array<double, 3> kSeveral = {0.5, 0.9, 0.99};

using Builds = std::vector<BuildTimes>;

std::vector<const BuildTimes*> pointers(const Builds& builds) {
  std::vector<const BuildTimes*> all;
  for (const BuildTimes& b : builds) all.push_back(&b);
  return all;
}

std::vector<double> offsets(double sd, std::mt19937_64& random, std::size_t builds = kBuilds) {
  std::normal_distribution<double> normal(0, 1);
  std::vector<double> all;
  for (std::size_t b = 0; b < builds; ++b) all.push_back(sd * normal(random));
  return all;
}

/// Packets about kMiddle, those of a build all later by its offset.
Builds with_offsets(const std::vector<double>& later, std::mt19937_64& random) {
  std::normal_distribution<double> noise(0, kSpread);
  Builds builds(later.size());
  for (std::size_t b = 0; b < later.size(); ++b) {
    for (std::size_t i = 0; i < kPackets; ++i)
      builds[b].times.record(static_cast<std::uint64_t>(std::max(0.0, kMiddle + later[b] + noise(random))));
  }
  return builds;
}

/// What one takes for the median's interval who thinks that all packets are independent: order statistics.
Interval naive(const Builds& builds) {
  HdrHistogram all;
  for (const BuildTimes& b : builds) (void)all.merge(b.times);
  const double half = 1.96 * 0.5 / std::sqrt(static_cast<double>(all.count()));
  return {all.interpolated_quantile(0.5 - half), all.interpolated_quantile(0.5 + half)};
}

TEST(ResampledQuantiles, TheIntervalHoldsTheTruthWhereOneOverPacketsDoesNot) {
  std::mt19937_64 random(1);
  int held = 0, naively = 0;
  constexpr int kRuns = 120;
  for (int run = 0; run < kRuns; ++run) {
    const Builds builds = with_offsets(offsets(15, random), random);
    const auto found = resampled_quantiles(pointers(builds), kMedian, 1);
    ASSERT_TRUE(found[0].known);
    held += found[0].ci95.holds(kMiddle);
    naively += naive(builds).holds(kMiddle);
  }
  EXPECT_GE(held, kRuns * 86 / 100);
  EXPECT_LE(naively, kRuns / 3);
}

TEST(ResampledQuantiles, ValuesAreThoseOfAllPacketsTogether) {
  std::mt19937_64 random(2);
  const Builds builds = with_offsets(offsets(15, random), random);
  HdrHistogram all;
  for (const BuildTimes& b : builds) (void)all.merge(b.times);
  const auto found = resampled_quantiles(pointers(builds), kSeveral, 1);
  for (std::size_t i = 0; i < kSeveral.size(); ++i) {
    EXPECT_NEAR(*found[i].value, all.interpolated_quantile(kSeveral[i]), 1e-6);
    EXPECT_TRUE(found[i].ci95.holds(*found[i].value));
  }
}

TEST(ResampledQuantiles, TheSameSeedGivesTheSameAndAnotherNot) {
  std::mt19937_64 random(3);
  const Builds builds = with_offsets(offsets(15, random), random);
  const auto once = resampled_quantiles(pointers(builds), kMedian, 5)[0].ci95,
             again = resampled_quantiles(pointers(builds), kMedian, 5)[0].ci95,
             other = resampled_quantiles(pointers(builds), kMedian, 6)[0].ci95;
  EXPECT_EQ(once.lo, again.lo);
  EXPECT_EQ(once.hi, again.hi);
  EXPECT_TRUE(once.lo != other.lo || once.hi != other.hi);
  EXPECT_NEAR(once.lo, other.lo, once.half_width() / 3);
}

// 2 % lost: the 99th of 100 packets never came, the 9th of 10 did.
TEST(ResampledQuantiles, LossMakesAQuantileUndefined) {
  std::mt19937_64 random(4);
  Builds builds = with_offsets(offsets(5, random), random);
  for (BuildTimes& b : builds) b.lost = kPackets * 0.02;
  const auto found = resampled_quantiles(pointers(builds), kSeveral, 1);
  EXPECT_TRUE(found[0].known);
  EXPECT_TRUE(found[1].known);
  EXPECT_FALSE(found[2].value);
  EXPECT_FALSE(found[2].known);
  Builds whole = with_offsets(offsets(5, random), random);
  EXPECT_FALSE(resampled_shifts(pointers(builds), pointers(whole), kSeveral, 1)[2].value);
  EXPECT_FALSE(resampled_shifts(pointers(whole), pointers(builds), kSeveral, 1)[2].value);
}

// The lost packets are the latest: what is left of a quantile moves up.
TEST(ResampledQuantiles, LostPacketsCountAsTheLatest) {
  std::mt19937_64 random(5);
  Builds builds = with_offsets(std::vector<double>(kBuilds, 0.0), random);
  const double without = *resampled_quantiles(pointers(builds), kMedian, 1)[0].value;
  for (BuildTimes& b : builds) b.lost = kPackets;
  const auto half_lost = resampled_quantiles(pointers(builds), kMedian, 1)[0];
  ASSERT_TRUE(half_lost.value) << "half of them came, just";
  EXPECT_GT(*half_lost.value, without + 2 * kSpread);
}

// One build lost a tenth: with it twice among the resampled, p99 is infinite.
TEST(ResampledQuantiles, AQuantileThatFewBuildsDecideHasNoInterval) {
  std::mt19937_64 random(6);
  Builds builds = with_offsets(offsets(5, random), random);
  builds[3].lost = kPackets * 0.1;
  const auto found = resampled_quantiles(pointers(builds), kSeveral, 1);
  EXPECT_TRUE(found[2].value);
  EXPECT_FALSE(found[2].known);
  EXPECT_TRUE(found[1].known);
}

TEST(ResampledQuantiles, WhatABuildDoesToBothIsNotInTheShift) {
  std::mt19937_64 random(7);
  const auto later = offsets(60, random);
  const Builds host = with_offsets(later, random);
  std::vector<double> mode_later = later;
  for (double& x : mode_later) x += 300;
  const Builds mode = with_offsets(mode_later, random);
  const auto shift = resampled_shifts(pointers(mode), pointers(host), kMedian, 1)[0];
  const auto a = resampled_quantiles(pointers(mode), kMedian, 1)[0],
             b = resampled_quantiles(pointers(host), kMedian, 2)[0];
  EXPECT_NEAR(*shift.value, 300, 5);
  EXPECT_TRUE(shift.ci95.holds(300));
  EXPECT_LT(shift.ci95.half_width(), std::hypot(a.ci95.half_width(), b.ci95.half_width()) / 3);
}

TEST(ResampledQuantiles, TooFewBuildsHaveAValueAndNoInterval) {
  std::mt19937_64 random(8);
  const Builds builds = with_offsets(offsets(5, random, kBuildsToResample - 1), random);
  const auto found = resampled_quantiles(pointers(builds), kMedian, 1)[0];
  EXPECT_TRUE(found.value);
  EXPECT_FALSE(found.known);
  EXPECT_FALSE(resampled_quantiles({}, kMedian, 1)[0].value);
}

}  // namespace
}  // namespace hopcost
