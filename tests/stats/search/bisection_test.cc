// The searches that one trial decides.
#include "stats/search/bisection.h"

#include <gtest/gtest.h>

#include "devices.h"

namespace hopcost::search {
namespace {

TEST(Bisection, EndsWithinTheWidth) {
  Goal goal = rfc2544_goal(std::chrono::seconds(1));
  const auto run = [&](double rate) {
    Bisection b(goal, {.min_load = 10, .max_load = 1000});
    while (const auto ask = b.next()) b.add(fluid(rate, 0)(*ask));
    return b;
  };
  const Bisection found = run(333);
  EXPECT_LE(*found.lower(), 333.5);
  EXPECT_GE(*found.upper(), 333);
  EXPECT_LE(*found.upper() - *found.lower(), 0.005 * *found.upper());
  EXPECT_EQ(run(5000).lower(), 1000);
  EXPECT_FALSE(run(5000).upper());
  EXPECT_FALSE(run(5).lower());
}

std::uint64_t longest_burst(std::uint64_t holds, BurstSearch::Limits limits, bool* at_limit = nullptr) {
  BurstSearch s(limits);
  int trials = 0;
  while (const auto burst = s.next()) {
    EXPECT_LE(*burst, limits.longest);
    EXPECT_GE(*burst, 1u);
    EXPECT_LT(++trials, 200);
    s.add(*burst > holds);
  }
  if (at_limit != nullptr) *at_limit = s.at_limit();
  return s.longest();
}

TEST(BurstSearch, IsExactForEveryBuffer) {
  for (std::uint64_t holds = 0; holds <= 40; ++holds) {
    bool at_limit = false;
    EXPECT_EQ(longest_burst(holds, {.longest = 40}, &at_limit), holds);
    EXPECT_EQ(at_limit, holds == 40);
  }
}

TEST(BurstSearch, IsAsExactAsItsStep) {
  const std::uint64_t found = longest_burst(12'345, {.longest = 1'000'000, .step = 16});
  EXPECT_LE(found, 12'345u);
  EXPECT_GT(found + 16, 12'345u);
}

TEST(BurstSearch, ALossIsLookedAtAgain) {
  BurstSearch once({.longest = 100}), twice({.longest = 100, .repeats = 2});
  int trials = 0;
  for (BurstSearch* s : {&once, &twice}) {
    trials = 0;
    while (s->next()) s->add(trials++ == 0);  // an accident in the first trial alone
  }
  EXPECT_EQ(once.longest(), 99u);
  EXPECT_EQ(twice.longest(), 100u);
  EXPECT_EQ(trials, 2);
}

}  // namespace
}  // namespace hopcost::search
