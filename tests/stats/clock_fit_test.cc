// Known clocks go in, with waiting on top; the line under all times must find them.
#include "stats/clock_fit.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>

namespace hopcost {
namespace {

constexpr std::uint64_t kStart = 1'800'000'000'000'000'000;

struct Truth {
  double offset_ns, drift;
  double least_ns = 300, mean_wait_ns = 2000;
};

ClockLine fit(const Truth& truth, int packets, std::uint64_t gap_ns) {
  std::mt19937_64 random(7);
  std::exponential_distribution<double> wait(1 / truth.mean_wait_ns);
  ClockFit fit;
  for (int i = 0; i < packets; ++i) {
    const std::uint64_t since = static_cast<std::uint64_t>(i) * gap_ns;
    const double ahead = truth.offset_ns + truth.drift * static_cast<double>(since);
    const double one_way = truth.least_ns + wait(random);
    fit.add(kStart + since,
            kStart + since +
                static_cast<std::uint64_t>(static_cast<std::int64_t>(std::llround(ahead + one_way))));
  }
  return fit.line();
}

TEST(ClockFit, FindsOffsetAndDriftUnderTheWaiting) {
  for (const Truth& truth :
       {Truth{0, 0}, Truth{-5e12, 25e-6}, Truth{86'400e9, -40e-6}, Truth{1e3, 1e-9}, Truth{-1e15, 1e-6}}) {
    const ClockLine line = fit(truth, 60'000, 1'000'000);  // a minute
    EXPECT_NEAR(line.drift, truth.drift, 2e-9);
    // The least one-way time can't be told from an offset.
    EXPECT_NEAR(line.ahead_ns(), truth.offset_ns + truth.least_ns, 30) << truth.offset_ns;
    EXPECT_LT(line.uncertainty_ns, 200);
    const std::uint64_t there = kStart + 30'000'000'000;
    const auto seen = there + static_cast<std::uint64_t>(static_cast<std::int64_t>(
                                  std::llround(truth.offset_ns + truth.drift * 30e9)));
    EXPECT_NEAR(static_cast<double>(static_cast<std::int64_t>(line.first_clock(seen) - there)), -300, 60);
  }
}

TEST(ClockFit, ALongRunTakesNoMoreMemoryAndIsNoWorse) {
  const ClockLine line = fit({1e6, 10e-6}, 50'000, 100'000'000);  // 83 minutes
  EXPECT_NEAR(line.drift, 10e-6, 1e-10);
}

TEST(ClockFit, FewPointsGiveAnOffsetAlone) {
  ClockFit fit;
  EXPECT_EQ(fit.line().ahead_ns(), 0);
  fit.add(kStart, kStart + 500);
  EXPECT_EQ(fit.line().ahead_ns(), 500);
  EXPECT_EQ(fit.line().drift, 0);
}

using Bounds = std::pair<std::int64_t, std::int64_t>;

TEST(ClockBand, IsAsNarrowAsTheBestReadingsAllow) {
  ClockBand band;
  band.add(1000, {-100, 100});
  band.add(2000, {-10, 30});
  band.add(3000, {-500, 500});
  band.add(4000, {-30, 10});
  const auto at = [&](std::uint64_t ns) {
    const auto ahead = band.at(ns);
    EXPECT_TRUE(ahead) << ns;
    return ahead ? std::pair(ahead->lo_ns, ahead->hi_ns) : Bounds();
  };
  EXPECT_EQ(at(1000), Bounds(-100, 100));
  EXPECT_EQ(at(1500), Bounds(-55, 65));
  EXPECT_EQ(at(2000), Bounds(-10, 30));
  EXPECT_EQ(at(3000), Bounds(-20, 20)) << "its own reading says less than its neighbours'";
  EXPECT_EQ(at(4000), Bounds(-30, 10));
  EXPECT_FALSE(band.at(999));
  EXPECT_FALSE(band.at(4001));
  EXPECT_FALSE(ClockBand().at(0));
}

TEST(ClockBand, HoldsNothingWhereReadingsContradictEachOther) {
  ClockBand band;
  band.add(0, {0, 10});
  band.add(10, {1000, 1010});
  band.add(20, {0, 10});
  EXPECT_TRUE(band.at(0));
  EXPECT_FALSE(band.at(10));
}

}  // namespace
}  // namespace hopcost
