// Student's t against printed tables, and the two ways against each other.
#include "stats/student_t.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "stats/normal.h"

namespace hopcost {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// NIST/SEMATECH e-Handbook, 1.3.6.7.2.
TEST(StudentT, PublishedQuantiles) {
  struct Row {
    double degrees, p, t;
  };
  for (const auto& [degrees, p, t] : {Row{1, 0.975, 12.7062},
                                      {2, 0.975, 4.3027},
                                      {3, 0.975, 3.1824},
                                      {4, 0.975, 2.7764},
                                      {5, 0.975, 2.5706},
                                      {10, 0.975, 2.2281},
                                      {30, 0.975, 2.0423},
                                      {100, 0.975, 1.9840},
                                      {3, 0.95, 2.3534},
                                      {10, 0.95, 1.8125},
                                      {7, 0.995, 3.4995},
                                      {1, 0.999, 318.3088},
                                      {5, 0.9, 1.4759}})
    EXPECT_NEAR(student_t_quantile(p, degrees), t, 5e-5 * std::max(1.0, t / 10)) << degrees << " at " << p;
}

TEST(StudentT, OneAndTwoDegreesHaveClosedForms) {
  for (const double t : {-30.0, -2.0, -0.1, 0.0, 0.5, 4.0, 1000.0}) {
    EXPECT_NEAR(student_t_cdf(t, 1), 0.5 + std::atan(t) / std::numbers::pi, 1e-12) << t;
    EXPECT_NEAR(student_t_cdf(t, 2), 0.5 + t / (2 * std::sqrt(2 + t * t)), 1e-12) << t;
  }
}

TEST(StudentT, InfinitelyManyDegreesAreTheNormal) {
  EXPECT_EQ(student_t_cdf(1.3, kInf), normal_cdf(1.3));
  EXPECT_EQ(student_t_quantile(0.975, kInf), normal_quantile(0.975));
  EXPECT_NEAR(student_t_quantile(0.975, 1e7), normal_quantile(0.975), 1e-6);
  for (const double degrees : {1e5 + 1, 1e9, 1e12, 1e18, 1e26, 1e300}) {
    EXPECT_NEAR(student_t_quantile(0.975, degrees), normal_quantile(0.975), 3 / degrees + 1e-12) << degrees;
    EXPECT_NEAR(student_t_cdf(-1.3, degrees), normal_cdf(-1.3), 1 / degrees + 1e-15) << degrees;
  }
}

TEST(StudentT, OfManyDegreesProbabilityAndQuantileAreInverse) {
  for (const double p : {0.6, 0.9, 0.975, 0.9999})
    EXPECT_NEAR(student_t_cdf(student_t_quantile(p, 1.1e5), 1.1e5), p, 1e-13) << p;
}

// Both ways to reckon them meet where one ends.
TEST(StudentT, ManyDegreesBeginWhereFewEnd) {
  for (const double p : {0.6, 0.9, 0.975, 0.9999}) {
    const double few = student_t_quantile(p, 1e5), many = student_t_quantile(p, 1e5 + 1e-3);
    EXPECT_NEAR(few, many, 1e-9 * few) << p;
    EXPECT_NEAR(student_t_cdf(few, 1e5), student_t_cdf(few, 1e5 + 1e-3), 1e-10) << p;
  }
}

TEST(StudentT, QuantileAndProbabilityAreInverse) {
  for (const double degrees : {1.0, 1.5, 2.7, 4.0, 12.3, 99.0}) {
    for (const double p : {1e-6, 0.003, 0.2, 0.5, 0.7, 0.95, 0.9999}) {
      const double t = student_t_quantile(p, degrees);
      EXPECT_NEAR(student_t_cdf(t, degrees), p, 1e-10 + 1e-8 * p) << degrees << " at " << p;
      EXPECT_NEAR(student_t_quantile(1 - p, degrees), -t, 1e-4 * std::abs(t) + 1e-12)
          << degrees << " at " << p;
    }
  }
  EXPECT_EQ(student_t_quantile(1, 3), kInf);
  EXPECT_EQ(student_t_quantile(0, 3), -kInf);
}

}  // namespace
}  // namespace hopcost
