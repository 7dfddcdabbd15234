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
      r.places.push_back(i % 3);
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

// Among the moments that it chooses, the first reading's noise is nowhere.
TEST(Slowness, ChoosesMomentsWithoutTheNoiseOfTheFirstReading) {
  for (const double share : {0.1, 0.5, 0.9}) {
    std::vector<double> third;
    const std::vector<Readings> made = made_of(200, share, &third);
    const Slowness s = slowness_of(made);
    for (const double below : {0.0, 20.0, 100.0, 180.0, 300.0}) {
      double off = 0, n = 0;
      for (std::size_t b = 0; b < made.size(); ++b) {
        for (std::size_t i = 0; i < kMoments; ++i) {
          if (!s.steady[b][i] || s.expected[b][i] > below) continue;
          off += third[b * kMoments + i] - made[b].one[i];
          ++n;
        }
      }
      EXPECT_LE(std::abs(off), 3 * kNoise * std::sqrt(2 * n)) << share << " " << below;
    }
  }
}

// One place in ten always takes 200 ns longer.
TEST(Slowness, AMomentIsComparedWithOthersAtItsPlace) {
  std::vector<Readings> made = made_of(100, 0.5);
  for (std::size_t b = 0; b < made.size(); b += 10) {
    for (double& one : made[b].one) one += 200;
  }
  const Slowness s = slowness_of(made);
  for (std::size_t b = 0; b < made.size(); ++b)
    EXPECT_GT(std::ranges::count(s.steady[b], true), 0.9 * kMoments) << b;
}

// Events that make one reading in thirty 5 us longer do not decide how slow the CPU is expected to be.
TEST(Slowness, AnEventThatHitsTheSecondReadingIsNoSlowness) {
  std::vector<Readings> made = made_of(100, 0.5);
  std::size_t n = 0;
  for (Readings& r : made) {
    for (double& two : r.two) two += 700 + (++n % 30 == 0 ? 5000 : 0);
  }
  const Slowness s = slowness_of(made);
  for (const auto& build : s.expected) EXPECT_LT(std::ranges::max(build), 0.1 * kFast + 4 * kNoise);
}

TEST(Slowness, ABuildWithoutSteadyMomentsIsNotTakenForSteady) {
  std::vector<Readings> made = made_of(100, 0);
  for (std::size_t i = 0; i < kMoments; ++i) made[7].one[i] += 1000 * static_cast<double>(i);
  EXPECT_LE(std::ranges::count(slowness_of(made).steady[7], true), 3) << "the middle one of each place";
}

TEST(Slowness, CoarseReadingsAreSteady) {
  std::vector<Readings> made = made_of(100, 0.2);
  for (Readings& r : made) {
    for (auto* readings : {&r.one, &r.two}) {
      for (double& t : *readings) t = std::round(t / 40) * 40;
    }
  }
  const Slowness s = slowness_of(made);
  double steady = 0;
  for (const auto& build : s.steady) steady += static_cast<double>(std::ranges::count(build, true));
  EXPECT_GT(steady, 0.95 * 100 * kMoments);
}

// =host and host#2 go through two instances.
TEST(Slowness, IsZeroWhereTheFirstReadingIsAsFastAsItCanBe) {
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
  EXPECT_EQ(std::ranges::count(s.steady[3], false), 2);
  EXPECT_FALSE(s.steady[3][7] || s.steady[3][8]);
  EXPECT_EQ(s.expected[3][8], s.middle - s.undisturbed);
}

TEST(Slowness, ABuildWithoutReadingsIsTakenForTheMiddle) {
  std::vector<Readings> made = made_of(10, 0.8);
  made[4].two.assign(kMoments, std::nan(""));
  const Slowness s = slowness_of(made);
  EXPECT_EQ(s.expected[4], std::vector<double>(kMoments, s.middle - s.undisturbed));
  EXPECT_EQ(s.over[4], s.expected[4]);
  EXPECT_EQ(s.steady[4], std::vector<bool>(kMoments, true));
}

// Fewer moments than noise fills the gaps between.
TEST(Slowness, AFastMomentAloneIsFound) {
  const std::vector<Readings> one = {{{2000, 2300, 2310, 2290, 2305, 2320, 2295, 2308, 2312},
                                      {2010, 2280, 2300, 2310, 2295, 2330, 2310, 2300, 2290},
                                      std::vector<std::size_t>(9)}};
  EXPECT_NEAR(slowness_of(one).undisturbed, 2005, 1);
  const std::vector<Readings> even = {{{10, 20, 30, 41}, {10, 20, 30, 41}, {0, 0, 0, 0}}};
  EXPECT_EQ(slowness_of(even).undisturbed, 10);
}

TEST(Slowness, OfNothingIsNothing) {
  EXPECT_EQ(slowness_of({}).undisturbed, 0);
  const Slowness s = slowness_of(std::vector<Readings>(2, Readings{{INFINITY}, {1}, {0}}));
  EXPECT_EQ(s.middle, 0);
  EXPECT_EQ(s.expected, (std::vector<std::vector<double>>{{0}, {0}}));
}

}  // namespace
}  // namespace hopcost
