// Sums against figures worked out by hand.
#include "stats/uncertainty.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hopcost {
namespace {

TEST(Uncertainty, SquaresAddUpAndTheUnknownIsSaid) {
  UncertaintyBudget b{{{"a", 3, ""}, {"b", 4, ""}, {"c", 0, "why it is 0"}}};
  EXPECT_DOUBLE_EQ(b.combined_ns(), 5);
  EXPECT_NEAR(b.expanded_ns(), 5 * 1.96, 1e-3) << "bounds alone: as if of infinitely many figures";
  EXPECT_TRUE(b.complete());
  b.terms.push_back({"d", std::nullopt, "what hides it"});
  EXPECT_DOUBLE_EQ(b.combined_ns(), 5);
  EXPECT_FALSE(b.complete());
  const auto j = to_json(b);
  EXPECT_EQ(j["terms"][1]["term"], "b");
  EXPECT_EQ(j["terms"][1]["ns"], 4.0);
  EXPECT_TRUE(j["terms"][3]["ns"].is_null());
  EXPECT_EQ(j["terms"][3]["how"], "what hides it");
  EXPECT_TRUE(j["degrees_of_freedom"].is_null());
  EXPECT_NEAR(j["expanded_ns"].get<double>(), 9.8, 1e-2);
  EXPECT_EQ(j["complete"], false);
}

TEST(Uncertainty, TermsByTheirFormula) {
  EXPECT_NEAR(quantisation_ns(10, 1), 10 / std::sqrt(12.0) * std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(quantisation_ns(10, 10'000), quantisation_ns(10, 1) / 100, 1e-12);
  EXPECT_EQ(quantisation_ns(10, 0), 0);
  EXPECT_NEAR(crossing_ns(1, 30), 17.3205, 1e-4);
  EXPECT_NEAR(crossing_ns(0.1, 30), 1.73205, 1e-5);
}

TEST(Uncertainty, StudentsTMatchesTheTables) {
  EXPECT_NEAR(student_t975(1), 12.7062, 1e-3);
  EXPECT_NEAR(student_t975(2), 4.3027, 1e-3);
  EXPECT_NEAR(student_t975(3), 3.1824, 5e-3);
  EXPECT_NEAR(student_t975(5), 2.5706, 2e-3);
  EXPECT_NEAR(student_t975(10), 2.2281, 1e-3);
  EXPECT_NEAR(student_t975(30), 2.0423, 1e-3);
}

TEST(Uncertainty, FewFiguresWidenByWelchAndSatterthwaite) {
  const UncertaintyBudget one{{{"between", 3, "", 5}}};
  EXPECT_DOUBLE_EQ(one.degrees_of_freedom(), 5);
  EXPECT_NEAR(one.expanded_ns(), 3 * 2.5706, 0.01);
  const UncertaintyBudget two{{{"between", 3, "", 5}, {"bound", 4, ""}}};
  EXPECT_NEAR(two.degrees_of_freedom(), 625 / (81.0 / 5), 1e-9);
}

}  // namespace
}  // namespace hopcost
