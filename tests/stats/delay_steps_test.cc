// From one packet's delay to the next one's.
#include "stats/delay_steps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace hopcost {
namespace {

TEST(DelaySteps, OfPacketsInARow) {
  DelaySteps s;
  EXPECT_EQ(s.count(), 0u);
  EXPECT_EQ(s.median(), 0);
  for (const auto& [sequence, delay] : {std::pair{0, 100}, {1, 150}, {2, 120}, {3, 121}, {5, 900}, {6, 890}})
    s.see(sequence, delay);
  // +50, -30, +1; packet 4 was lost; -10
  EXPECT_EQ(s.count(), 4u);
  EXPECT_EQ(s.min(), -30);
  EXPECT_EQ(s.median(), -10);
  EXPECT_EQ(s.max(), 50);
}

TEST(DelaySteps, AConstantOffsetChangesNothing) {
  std::mt19937_64 draw(7);
  DelaySteps near, far, half;
  std::vector<std::int64_t> steps;
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < 1001; ++i) {
    const std::uint64_t delay = 1'000 + draw() % 1'000;
    near.see(i, delay);
    far.see(i, delay + 50'000'000);
    if (i > 0) steps.push_back(static_cast<std::int64_t>(delay) - static_cast<std::int64_t>(last));
    last = delay;
  }
  std::ranges::sort(steps);
  EXPECT_EQ(near.min(), steps.front());
  EXPECT_EQ(near.median(), steps[499]);
  EXPECT_EQ(near.max(), steps.back());
  EXPECT_EQ(far.min(), near.min());
  EXPECT_EQ(far.median(), near.median());
  EXPECT_EQ(far.max(), near.max());
  half.merge(near);
  half.merge(far);
  EXPECT_EQ(half.count(), 2000u);
  EXPECT_EQ(half.median(), near.median());
}

TEST(DelaySteps, AllOneWay) {
  DelaySteps up, down;
  for (std::uint64_t i = 0; i < 10; ++i) {
    up.see(i, 100 + 5 * i);
    down.see(i, 100 - 5 * i);
  }
  EXPECT_EQ(up.min(), 5);
  EXPECT_EQ(up.max(), 5);
  EXPECT_EQ(down.min(), -5);
  EXPECT_EQ(down.median(), -5);
  EXPECT_EQ(down.max(), -5);
}

}  // namespace
}  // namespace hopcost
