// Jain's index.
#include "stats/fairness.h"

#include <gtest/gtest.h>

#include <vector>

namespace hopcost {
namespace {

std::optional<double> fairness_of(const std::vector<double>& shares) {
  return jain_index(shares);
}

TEST(Fairness, IsOneWhereAllHaveTheSameAndAnNthWhereOneHasAll) {
  EXPECT_DOUBLE_EQ(*fairness_of({7, 7, 7}), 1);
  EXPECT_DOUBLE_EQ(*fairness_of({0, 9, 0, 0}), 0.25);
  EXPECT_DOUBLE_EQ(*fairness_of({5}), 1);
}

// (1 + 3 + 5 + 11)^2 over 4 (1 + 9 + 25 + 121).
TEST(Fairness, IsBetweenThemElse) {
  EXPECT_DOUBLE_EQ(*fairness_of({1, 3, 5, 11}), 400.0 / (4 * 156));
  EXPECT_DOUBLE_EQ(*fairness_of({1e6, 3e6, 5e6, 11e6}), *fairness_of({1, 3, 5, 11})) << "whatever the unit";
}

TEST(Fairness, OfNothingThereIsNone) {
  EXPECT_FALSE(fairness_of({}));
  EXPECT_FALSE(fairness_of({0, 0}));
}

}  // namespace
}  // namespace hopcost
