#include "stats/slowness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace hopcost {
namespace {

constexpr double kFast = 2000, kNoise = 40;
constexpr std::size_t kMoments = 40;

/// Builds on a CPU that is slow for a `share` of the moments, by a tenth. `third`: gets another reading of
/// each moment, one after the other.
std::vector<Readings> made_of(std::size_t builds, double share, std::vector<double>* third = nullptr) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise(0, kNoise);
  std::bernoulli_distribution slow(share);
  std::vector<Readings> made(builds);
  for (Readings& r : made) {
    for (std::size_t i = 0; i < kMoments; ++i) {
      const double ns = kFast * (slow(random) ? 1.1 : 1);
      r.one.push_back(ns + noise(random));
      r.two.push_back(ns + noise(random));
      if (third) third->push_back(ns + noise(random));
    }
  }
  return made;
}

TEST(Slowness, FindsTheUndisturbedCpuWhateverShareOfTheTimeItIsDisturbed) {
  for (const double share : {0.0, 0.1, 0.5, 0.8, 0.9})
    EXPECT_NEAR(slowness_of(made_of(30, share)).undisturbed, kFast, 8) << share;
  EXPECT_NEAR(slowness_of(made_of(30, 0)).middle, kFast, 5);
  EXPECT_NEAR(slowness_of(made_of(30, 0.95)).middle, 1.1 * kFast, 10);
}

TEST(Slowness, IsExpectedToBeSmallWhereTheSpeedDoesNotChange) {
  double squares = 0, n = 0;
  for (const auto& build : slowness_of(made_of(30, 0)).expected) {
    for (const double over : build) squares += over * over, n += 1;
  }
  EXPECT_LT(std::sqrt(squares / n), kNoise / 4) << "the noise of single readings is not in it";
}

// Among the moments that it chooses, the same work took that much longer once more.
TEST(Slowness, IsExpectedToBeWhatAThirdReadingIsOnAverage) {
  for (const double share : {0.1, 0.5, 0.9}) {
    std::vector<double> third;
    const Slowness s = slowness_of(made_of(200, share, &third));
    for (const double below : {0.0, 20.0, 100.0, 180.0, 300.0}) {
      double off = 0, n = 0;
      for (std::size_t b = 0; b < s.over.size(); ++b) {
        for (std::size_t i = 0; i < kMoments; ++i) {
          if (!s.told[b][i] || s.expected[b][i] > below) continue;
          off += third[b * kMoments + i] - s.undisturbed - s.expected[b][i];
          ++n;
        }
      }
      EXPECT_LE(std::abs(off), 3 * kNoise * std::sqrt(2 * n)) << share << " " << below;
    }
  }
}

// =host and host#2 go through two instances.
TEST(Slowness, IsNoneWhereTheFirstReadingIsAsFastAsItCan) {
  std::vector<Readings> made = made_of(100, 0.5);
  for (Readings& r : made) {
    for (double& two : r.two) two += 60;
  }
  const Slowness s = slowness_of(made);
  EXPECT_NEAR(s.undisturbed, kFast + 30, 8);
  for (const auto* of : {&s.over, &s.expected}) {
    double off = 0, n = 0;
    for (std::size_t b = 0; b < made.size(); ++b) {
      for (std::size_t i = 0; i < kMoments; ++i) {
        if (s.expected[b][i] < 50) off += (*of)[b][i], ++n;
      }
    }
    EXPECT_NEAR(off / n, 0, 8);
  }
}

TEST(Slowness, AReadingFarFromTheOtherTellsNothing) {
  std::vector<Readings> made = made_of(10, 0);
  made[3].one[7] = 9000;
  made[3].two[8] = std::numeric_limits<double>::infinity();
  const Slowness s = slowness_of(made);
  EXPECT_EQ(std::ranges::count(s.told[3], false), 2);
  EXPECT_FALSE(s.told[3][7] || s.told[3][8]);
  EXPECT_EQ(s.expected[3][8], s.middle - s.undisturbed);
}

TEST(Slowness, ABuildWithoutReadingsIsTakenForTheMiddle) {
  std::vector<Readings> made = made_of(10, 0.8);
  made[4].two.assign(kMoments, std::nan(""));
  const Slowness s = slowness_of(made);
  EXPECT_EQ(s.expected[4], std::vector<double>(kMoments, s.middle - s.undisturbed));
  EXPECT_EQ(s.over[4], s.expected[4]);
  EXPECT_EQ(s.told[4], std::vector<bool>(kMoments, true));
}

// Fewer moments than noise fills the gaps between.
TEST(Slowness, AFastMomentAloneIsFound) {
  const std::vector<Readings> one = {{{2000, 2300, 2310, 2290, 2305, 2320, 2295, 2308, 2312},
                                      {2010, 2280, 2300, 2310, 2295, 2330, 2310, 2300, 2290}}};
  EXPECT_NEAR(slowness_of(one).undisturbed, 2005, 1);
  const std::vector<Readings> even = {{{10, 20, 30, 41}, {10, 20, 30, 41}}};
  EXPECT_EQ(slowness_of(even).undisturbed, 10);
}

TEST(Slowness, OfNothingIsNothing) {
  EXPECT_EQ(slowness_of({}).undisturbed, 0);
  const Slowness s = slowness_of(std::vector<Readings>(2, Readings{{INFINITY}, {1}}));
  EXPECT_EQ(s.middle, 0);
  EXPECT_EQ(s.expected, (std::vector<std::vector<double>>{{0}, {0}}));
}

}  // namespace
}  // namespace hopcost
