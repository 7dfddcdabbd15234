// When a run ends, and how many builds it says it wants.
#include "campaign/measure/stopping.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

namespace hopcost::campaign {
namespace {

constexpr double kNoInterval = std::numeric_limits<double>::infinity();

TEST(Stopping, LooksAreFewAndChosenBeforehand) {
  std::vector<std::size_t> looks;
  for (std::size_t n = 0; n <= 64; ++n) {
    if (is_look(n)) looks.push_back(n);
  }
  EXPECT_EQ(looks, (std::vector<std::size_t>{8, 11, 16, 23, 32, 45, 64}));
}

/// Builds after which the run ends when the widest interval is as given; 0: not by `most`.
template <class Width>
std::size_t ends_after(double target, std::size_t most, Width&& width) {
  Stopping stopping(target);
  for (std::size_t n = 1; n <= most; ++n) {
    if (stopping.narrow(n, {1, width(n), 2})) return n;
  }
  return 0;
}

TEST(Stopping, EndsWhenTwoLooksRunningAreNarrow) {
  EXPECT_EQ(ends_after(5, 64, [](std::size_t) { return 5.0; }), 11u) << "8 and 11: the target itself will do";
  EXPECT_EQ(ends_after(5, 64, [](std::size_t n) { return n >= 11 ? 4.0 : 9.0; }), 16u);
  EXPECT_EQ(ends_after(5, 64, [](std::size_t n) { return n == 8 || n == 16 ? 4.0 : 9.0; }), 0u)
      << "narrow at every second look: never twice running";
  EXPECT_EQ(ends_after(5, 64, [](std::size_t n) { return n == 9 || n == 10 ? 4.0 : 9.0; }), 0u)
      << "a lucky streak between looks is not looked at";
  EXPECT_EQ(ends_after(5, 64, [](std::size_t) { return 5.001; }), 0u);
}

// A build that is void leaves the count where it was: no second look.
TEST(Stopping, ALookIsTakenOnce) {
  Stopping stopping(5);
  EXPECT_FALSE(stopping.narrow(8, {4}));
  EXPECT_FALSE(stopping.narrow(8, {4}));
  EXPECT_FALSE(stopping.narrow(9, {4}));
  EXPECT_TRUE(stopping.narrow(11, {4}));
}

/// Runs with widths that go as 1 / sqrt(builds) from `at8` on: what was wanted after each build, and the end.
std::pair<std::vector<std::size_t>, std::size_t> wanted_and_end(double target, double at8) {
  Stopping stopping(target);
  std::vector<std::size_t> wanted;
  for (std::size_t n = 6;; ++n) {
    const std::vector<double> widths = {at8 * std::sqrt(8.0 / static_cast<double>(n))};
    wanted.push_back(stopping.wanted(n, widths));
    if (stopping.narrow(n, widths)) return {wanted, n};
  }
}

// Two looks: the first that is narrow ends nothing.
TEST(Stopping, WhatIsWantedIsWhereTheRunEnds) {
  for (const double at8 : {1.0, 4.9, 6.5, 8.0, 12.0, 13.0}) {
    const auto [wanted, end] = wanted_and_end(5, at8);
    for (const std::size_t w : wanted) EXPECT_EQ(w, end) << "half-width at 8 builds " << at8;
  }
}

TEST(Stopping, TheLookBefore) {
  for (const auto& [builds, before] :
       {std::pair<std::size_t, std::size_t>{0, 0}, {8, 0}, {9, 8}, {11, 8}, {16, 11}, {45, 32}})
    EXPECT_EQ(look_before(builds), before) << builds;
}

TEST(Stopping, EveryCostHasToBeNarrow) {
  Stopping stopping(5);
  (void)stopping.narrow(8, {1, 1});
  EXPECT_FALSE(stopping.narrow(11, {1, kNoInterval}));
  EXPECT_FALSE(stopping.narrow(16, {}));
}

TEST(Stopping, NoTargetNeverEnds) {
  EXPECT_EQ(ends_after(0, 64, [](std::size_t) { return 0.0; }), 0u);
  EXPECT_EQ(Stopping(0).wanted(8, {10}), 0u);
}

TEST(Stopping, WhatIsWantedIsNotKnownWithoutAnInterval) {
  EXPECT_EQ(Stopping(5).wanted(0, {}), 0u);
  EXPECT_EQ(Stopping(5).wanted(5, {3, kNoInterval}), 0u);
  EXPECT_GT(Stopping(1e-6).wanted(8, {1000}), 1'000'000u) << "far off, and no endless search";
}

}  // namespace
}  // namespace hopcost::campaign
