// What a series of figures that may be alike says of its shift: how much wider its interval gets, and that
// interval, p-value and equivalence say the same. How often the interval holds the truth:
// tests/hopcost/coverage_test.cc.
#include "stats/series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "stats/normal.h"
#include "stats/student_t.h"
#include "tests/stats/alike_figures.h"

namespace hopcost {
namespace {

/// Mean over many series of what the slow waves widen by, Student's part left out.
double mean_widening(std::size_t n, double alike, double outliers = 0) {
  constexpr int kSeries = 400;
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform;
  double sum = 0;
  for (int i = 0; i < kSeries; ++i) {
    auto series = alike_figures(n, alike, random);
    for (double& x : series) {
      if (uniform(random) < outliers) x += 1000;
    }
    sum += shift_of(series).widened;
  }
  const double few = student_t_quantile(0.975, static_cast<double>(waves(n)));
  const double all = student_t_quantile(0.975, static_cast<double>(n - 1));
  return sum / kSeries / (few / all);
}

TEST(Series, WavesAreTheRootOfTheFigures) {
  for (const auto& [n, expected] :
       {std::pair<std::size_t, std::size_t>{6, 2}, {8, 3}, {16, 4}, {29, 5}, {100, 10}})
    EXPECT_EQ(waves(n), expected) << n;
}

TEST(Series, IndependentFiguresAreNotWidenedByMoreThanTheirFewDegreesOfFreedom) {
  for (const std::size_t n : {8u, 16u, 29u, 100u}) EXPECT_NEAR(mean_widening(n, 0), 1, 0.06) << n;
}

// Of n figures each alike to the one before by r, the estimate's variance is (1 + r) / (1 - r) times as
// large.
TEST(Series, KnownAutocorrelationIsFound) {
  for (const double alike : {0.3, 0.6, 0.8})
    EXPECT_NEAR(mean_widening(400, alike), std::sqrt((1 + alike) / (1 - alike)), 0.15 + alike / 4) << alike;
  EXPECT_LT(mean_widening(400, -0.5), 0.7) << "figures that make up for each other";
}

TEST(Series, OutliersDoNotDecideIt) {
  EXPECT_NEAR(mean_widening(29, 0, 0.05), mean_widening(29, 0), 0.05);
  EXPECT_NEAR(mean_widening(100, 0.6, 0.03), mean_widening(100, 0.6), 0.1);
}

// Worked out from the definition by other means (a few lines of Python).
TEST(Series, ByHand) {
  const std::vector<double> series = {1, 4, 2, 8, 5, 7, 12, 6};
  const SeriesShift s = shift_of(series);
  const Shift plain = hodges_lehmann(series);
  EXPECT_EQ(s.degrees, 3);
  EXPECT_EQ(s.shift.estimate, plain.estimate);
  EXPECT_NEAR(s.widened, 1.6365382821, 1e-9);
  EXPECT_NEAR(s.shift.ci.lo, plain.estimate - (plain.estimate - plain.ci.lo) * s.widened, 1e-12);
  EXPECT_NEAR(s.shift.ci.hi, plain.estimate + (plain.ci.hi - plain.estimate) * s.widened, 1e-12);
}

TEST(Series, TooFewClaimNothing) {
  const SeriesShift s = shift_of(std::vector<double>{10, 11, 12, 13, 14});
  EXPECT_FALSE(s.shift.enough);
  EXPECT_EQ(s.shift.estimate, 12);
  EXPECT_EQ(s.shift.ci.lo, -kInfinite);
  EXPECT_EQ(s.p_value, 1);
  EXPECT_EQ(s.widened, 1);
  EXPECT_FALSE(equivalence_of(s, 100).equivalent);
  EXPECT_EQ(equivalence_of(s, 100).p_value, 1);
  EXPECT_EQ(shift_of({}).shift.n, 0u);
}

TEST(Series, AllTheSame) {
  const SeriesShift zeros = shift_of(std::vector<double>(9, 0.0));
  EXPECT_TRUE(zeros.shift.ci.holds(0));
  EXPECT_EQ(zeros.p_value, 1);
  EXPECT_TRUE(equivalence_of(zeros, 1).equivalent);
  const SeriesShift fives = shift_of(std::vector<double>(9, 5.0));
  EXPECT_EQ(fives.shift.ci.lo, 5);
  EXPECT_EQ(fives.p_value, 0);
}

TEST(Series, IntervalAndPValueAgree) {
  std::mt19937_64 random(22);
  int significant = 0;
  for (int i = 0; i < 600; ++i) {
    auto series = alike_figures(6 + random() % 30, 0.4, random);
    for (double& x : series) x += i % 2 == 0 ? 0.7 : -0.7;
    const SeriesShift s = shift_of(series);
    ASSERT_EQ(s.p_value < 0.05, !s.shift.ci.holds(0)) << i;
    significant += s.p_value < 0.05;
  }
  EXPECT_GT(significant, 100);
  EXPECT_LT(significant, 500);
}

TEST(Series, EquivalenceAndItsPValueAgree) {
  std::mt19937_64 random(23);
  int shown = 0;
  for (int i = 0; i < 600; ++i) {
    const SeriesShift s = shift_of(alike_figures(6 + random() % 30, 0.3, random));
    const Equivalence e = equivalence_of(s, 0.8);
    ASSERT_EQ(e.equivalent, e.p_value < 0.05) << i;
    ASSERT_GT(e.ci.lo, s.shift.ci.lo) << "at 90 % it is narrower than at 95 %";
    shown += e.equivalent;
  }
  EXPECT_GT(shown, 100);
  EXPECT_LT(shown, 500);
}

TEST(Series, ARunThatEndedForBeingNarrowKeepsTheWiderOfItsLastTwoLooks) {
  std::mt19937_64 random(3);
  int wider = 0;
  for (int i = 0; i < 50; ++i) {
    const auto series = alike_figures(16, 0, random);
    const SeriesShift last = shift_of(series), before = shift_of(std::span(series).first(11)),
                      s = shift_of(series, 11);
    const double half = std::max(last.shift.ci.half_width(), before.shift.ci.half_width());
    ASSERT_NEAR(s.shift.ci.half_width(), half, 1e-12);
    ASSERT_EQ(s.shift.estimate, last.shift.estimate);
    ASSERT_GE(s.p_value, last.p_value);
    wider += s.widened > last.widened;
  }
  EXPECT_GT(wider, 20);
}

TEST(LessSure, AFurtherErrorAddsUpInSquaresAndThePValueFollows) {
  const std::vector<double> figures = {3, 9, 5, 8, 2, 7, 6, 4, 1, 10};
  const SeriesShift s = shift_of(figures), same = less_sure(s, 0, 9), wide = less_sure(s, 100, 9);
  EXPECT_EQ(same.shift.ci.lo, s.shift.ci.lo);
  const double further = student_t_quantile(0.975, 9) * 100;
  EXPECT_NEAR(wide.shift.ci.half_width(), std::hypot(s.shift.ci.half_width(), further), 1e-9);
  EXPECT_EQ(wide.shift.estimate, s.shift.estimate);
  EXPECT_LT(s.p_value, 0.05);
  EXPECT_GT(wide.p_value, 0.9);
  EXPECT_EQ(less_sure(shift_of(std::vector<double>{1, 2}), 5, 1).p_value, 1)
      << "there is no interval to widen";
}

}  // namespace
}  // namespace hopcost
