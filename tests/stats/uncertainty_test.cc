// Sums against figures worked out by hand.
#include "stats/uncertainty.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hopcost {
namespace {

TEST(Uncertainty, SquaresAddUpAndTheUnknownIsSaid) {
  UncertaintyBudget b{{{"a", 3, ""}, {"b", 4, ""}, {"c", 0, "why it is 0"}}};
  EXPECT_DOUBLE_EQ(b.combined_ns(), 5);
  EXPECT_DOUBLE_EQ(b.expanded_ns(), 10);
  EXPECT_TRUE(b.complete());
  b.terms.push_back({"d", std::nullopt, "what hides it"});
  EXPECT_DOUBLE_EQ(b.combined_ns(), 5);
  EXPECT_FALSE(b.complete());
  const auto j = to_json(b);
  EXPECT_EQ(j["terms"][1]["term"], "b");
  EXPECT_EQ(j["terms"][1]["ns"], 4.0);
  EXPECT_TRUE(j["terms"][3]["ns"].is_null());
  EXPECT_EQ(j["terms"][3]["how"], "what hides it");
  EXPECT_EQ(j["expanded_k2_ns"], 10.0);
  EXPECT_EQ(j["complete"], false);
}

TEST(Uncertainty, TermsByTheirFormula) {
  EXPECT_NEAR(quantisation_ns(10, 1), 10 / std::sqrt(12.0) * std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(quantisation_ns(10, 10'000), quantisation_ns(10, 1) / 100, 1e-12);
  EXPECT_EQ(quantisation_ns(10, 0), 0);
  EXPECT_NEAR(crossing_ns(1, 30), 17.3205, 1e-4);
  EXPECT_NEAR(crossing_ns(0.1, 30), 1.73205, 1e-5);
  EXPECT_NEAR(from_half_width95(19.6), 10, 1e-12);
}

}  // namespace
}  // namespace hopcost
