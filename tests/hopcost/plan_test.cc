#include "campaign/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace hopcost::campaign {
namespace {

const BlockShape kShape{{0, 1, 2, 3, 4}, {0, 1, 2, 3}};

TEST(Plan, IsMirrored) {
  std::mt19937_64 random(1);
  const auto plan = plan_block(kShape, random);
  ASSERT_EQ(plan.size(), 18u);
  for (std::size_t i = 0; i < plan.size(); ++i) EXPECT_EQ(plan[i], plan[plan.size() - 1 - i]);
}

// What mirroring is for: a straight drift adds the same to every path of a kind.
TEST(Plan, EveryPathHasTheSameMeanPosition) {
  std::mt19937_64 random(2);
  const auto plan = plan_block(kShape, random);
  std::map<std::pair<SlotKind, std::size_t>, std::size_t> sum, count;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    sum[{plan[i].kind, plan[i].path}] += i;
    ++count[{plan[i].kind, plan[i].path}];
  }
  for (const auto& [key, n] : count) {
    EXPECT_EQ(n, 2u);
    EXPECT_EQ(sum[key], plan.size() - 1);
  }
}

TEST(Plan, OrderDiffersBetweenBlocksAndRepeatsWithTheSeed) {
  std::mt19937_64 a(3), b(3);
  std::set<std::size_t> first;
  for (int i = 0; i < 50; ++i) {
    const auto plan = plan_block(kShape, a);
    EXPECT_EQ(plan, plan_block(kShape, b));
    first.insert(plan.front().path);
  }
  EXPECT_EQ(first.size(), 5u) << "every path comes first some time";
}

TEST(Plan, TapsChangeOnlyBetweenKinds) {
  std::mt19937_64 random(4);
  const auto plan = plan_block(kShape, random);
  int changes = 0;
  for (std::size_t i = 1; i < plan.size(); ++i) changes += plan[i].kind != plan[i - 1].kind ? 1 : 0;
  EXPECT_EQ(changes, 2);
}

}  // namespace
}  // namespace hopcost::campaign
