// Sums against figures worked out by hand.
#include "stats/uncertainty.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hopcost {
namespace {

TEST(Uncertainty, SquaresAddUpAndTheUnknownIsSaid) {
  UncertaintyBudget b{{{"a", 3, ""}, {"b", 4, ""}, {"c", 0, "why it is 0"}}};
  EXPECT_DOUBLE_EQ(b.combined_ns(), 5);
  EXPECT_TRUE(b.complete());
  b.terms.push_back({"d", std::nullopt, "what hides it"});
  EXPECT_DOUBLE_EQ(b.combined_ns(), 5);
  EXPECT_FALSE(b.complete());
  const auto j = to_json(b);
  EXPECT_EQ(j["terms"][1]["term"], "b");
  EXPECT_EQ(j["terms"][1]["ns"], 4.0);
  EXPECT_TRUE(j["terms"][3]["ns"].is_null());
  EXPECT_EQ(j["terms"][3]["how"], "what hides it");
  EXPECT_EQ(j["combined_ns"], 5.0);
  EXPECT_EQ(j["complete"], false);
}

// Welch and Satterthwaite: (3^2 + 4^2)^2 / (3^4 / 2 + 4^4 / 8) = 625 / 72.5.
TEST(Uncertainty, DegreesOfFreedomByHand) {
  UncertaintyBudget b{{{"a", 3, "", 2}, {"b", 4, "", 8}}};
  EXPECT_NEAR(b.degrees_of_freedom(), 625 / 72.5, 1e-12);
  EXPECT_NEAR(b.coverage_factor(), 2.277, 1e-3) << "between t(8) = 2.306 and t(9) = 2.262";
  EXPECT_DOUBLE_EQ(b.expanded_ns(), b.coverage_factor() * 5);
  EXPECT_NEAR(to_json(b)["degrees_of_freedom"], 625 / 72.5, 1e-12);
  b.terms.push_back({"bound", 12, ""});  // known for sure: adds to the sum, and no doubt to it
  EXPECT_NEAR(b.degrees_of_freedom(), 13.0 * 13 * 13 * 13 / 72.5, 1e-9);
}

TEST(Uncertainty, OneTermHasItsOwnDegreesAndNoneHasInfinitelyMany) {
  EXPECT_NEAR((UncertaintyBudget{{{"a", 3, "", 5}}}.coverage_factor()), 2.5706, 5e-5);
  EXPECT_NEAR((UncertaintyBudget{{{"a", 3, "", 3}, {"b", 0, "", 1}}}.coverage_factor()), 3.1824, 5e-5);
  const UncertaintyBudget bounds{{{"a", 3, ""}, {"b", 4, ""}}};
  EXPECT_NEAR(bounds.coverage_factor(), 1.96, 1e-4);
  EXPECT_NEAR(bounds.expanded_ns(), 5 * 1.95996, 1e-4);
  EXPECT_TRUE(to_json(bounds)["degrees_of_freedom"].is_null());
}

TEST(Uncertainty, TermsByTheirFormula) {
  EXPECT_NEAR(quantisation_ns(10, 1), 10 / std::sqrt(12.0) * std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(quantisation_ns(10, 10'000), quantisation_ns(10, 1) / 100, 1e-12);
  EXPECT_EQ(quantisation_ns(10, 0), 0);
  EXPECT_NEAR(crossing_ns(1, 30), 17.3205, 1e-4);
  EXPECT_NEAR(crossing_ns(0.1, 30), 1.73205, 1e-5);
}

}  // namespace
}  // namespace hopcost
