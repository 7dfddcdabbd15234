// When a run ends, and how many builds it says it wants.
#include "campaign/measure/stopping.h"

#include <gtest/gtest.h>

#include <limits>

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
