// Quantiles of packets that came in builds: what builds share widens intervals, and what both sides share
// does not.
#include "stats/resampled_quantiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace hopcost {
namespace {

constexpr std::array kMedian = {0.5};

/// `builds` of 2000 packets about 1000 ns, each build off by an SD of `between`; the same offsets for a seed.
std::vector<BuildTimes> builds_of(int builds, double between, double mean, std::uint64_t seed,
                                  std::uint64_t noise_seed) {
  std::mt19937_64 offsets(seed), noise(noise_seed);
  std::normal_distribution<double> offset, normal;
  std::vector<BuildTimes> all(static_cast<std::size_t>(builds));
  for (BuildTimes& b : all) {
    const double middle = mean + between * offset(offsets);
    for (int i = 0; i < 2000; ++i) b.times.record(static_cast<std::uint64_t>(middle + 20 * normal(noise)));
  }
  return all;
}

std::vector<const BuildTimes*> pointers(const std::vector<BuildTimes>& builds) {
  std::vector<const BuildTimes*> all;
  for (const BuildTimes& b : builds) all.push_back(&b);
  return all;
}

TEST(ResampledQuantiles, WhatBuildsDifferByWidensTheInterval) {
  const auto alike = builds_of(20, 0, 1000, 1, 2), apart = builds_of(20, 30, 1000, 1, 2);
  const auto narrow = resampled_quantiles(pointers(alike), kMedian, 3)[0];
  const auto wide = resampled_quantiles(pointers(apart), kMedian, 3)[0];
  ASSERT_TRUE(narrow.known && wide.known);
  EXPECT_NEAR(*narrow.value, 1000, 1);
  EXPECT_TRUE(narrow.ci95.holds(*narrow.value));
  EXPECT_GT(wide.ci95.half_width(), 10 * narrow.ci95.half_width());
}

TEST(ResampledQuantiles, WhatBothSidesShareFallsOutOfTheShift) {
  const auto a = builds_of(20, 30, 1100, 1, 2), b = builds_of(20, 30, 1000, 1, 4);
  const auto shift = resampled_shifts(pointers(a), pointers(b), kMedian, 3)[0];
  const auto own = resampled_quantiles(pointers(a), kMedian, 3)[0];
  ASSERT_TRUE(shift.known);
  EXPECT_NEAR(*shift.value, 100, 3);
  EXPECT_LT(shift.ci95.half_width(), own.ci95.half_width() / 3);
}

TEST(ResampledQuantiles, LostPacketsAreInfinitelyLate) {
  auto builds = builds_of(10, 0, 1000, 1, 2);
  for (BuildTimes& b : builds) b.lost = 100;  // 4.8 %
  constexpr std::array qs = {0.5, 0.9, 0.99};
  const auto found = resampled_quantiles(pointers(builds), qs, 3);
  EXPECT_TRUE(found[0].value && found[1].value);
  EXPECT_GT(*found[1].value, 1020) << "the lost ones are beyond it";
  EXPECT_FALSE(found[2].value);
  EXPECT_FALSE(resampled_shifts(pointers(builds), pointers(builds), qs, 3)[2].value);
}

TEST(ResampledQuantiles, FewBuildsHaveNoIntervalAndTheSeedDecides) {
  const auto builds = builds_of(5, 30, 1000, 1, 2), more = builds_of(8, 30, 1000, 1, 2);
  const auto few = resampled_quantiles(pointers(builds), kMedian, 3)[0];
  EXPECT_TRUE(few.value);
  EXPECT_FALSE(few.known);
  const auto once = resampled_quantiles(pointers(more), kMedian, 3)[0];
  const auto again = resampled_quantiles(pointers(more), kMedian, 3)[0];
  const auto other = resampled_quantiles(pointers(more), kMedian, 4)[0];
  EXPECT_EQ(once.ci95.lo, again.ci95.lo);
  EXPECT_NE(once.ci95.lo, other.ci95.lo);
}

}  // namespace
}  // namespace hopcost
