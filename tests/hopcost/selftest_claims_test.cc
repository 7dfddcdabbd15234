// What the self-test makes of its figures: a claim holds only where error and interval together are small.
#include <gtest/gtest.h>

#include "campaign/selftest/claims.h"

namespace hopcost::campaign {
namespace {

/// Slots around `value`, as far as `spread` to either side.
std::vector<double> slots(double value, double spread) {
  std::vector<double> all;
  for (int i = 0; i < 41; ++i) all.push_back(value + spread * ((i * 17 % 41) - 20) / 20);
  return all;
}

/// Two hops, tx > wire and wire > end, with `planted` found in the second.
Verdict judged(double found, double planted, double spread) {
  const Shown shown{slots(found, spread), slots(0, 1), {slots(found, spread)}};
  return judge_delay({"tx > wire", "wire > end"}, shown, 1, planted, {});
}

TEST(SelftestClaims, ADelayFoundInItsSizeHolds) {
  const Verdict v = judged(203, 200, 3);
  EXPECT_TRUE(v.passed) << v.found;
  EXPECT_TRUE(v.decided);
  EXPECT_NE(v.found.find("in wire > end, where 200.0 ns were spent"), std::string::npos) << v.found;
}

TEST(SelftestClaims, AnErrorOf29NsDoesNotPassHoweverWideTheInterval) {
  EXPECT_FALSE(judged(229, 200, 3).passed);
  EXPECT_TRUE(judged(229, 200, 3).decided);
  for (const double spread : {300.0, 500.0, 5000.0}) {
    const Verdict v = judged(229, 200, spread);
    EXPECT_FALSE(v.passed) << v.found;
    EXPECT_FALSE(v.decided) << v.found;
    EXPECT_NE(v.found.find("--trial-s"), std::string::npos) << v.found;
  }
}

TEST(SelftestClaims, AWideIntervalDoesNotPassWhereTheErrorIsSmall) {
  const Verdict v = judged(200, 200, 300);
  EXPECT_FALSE(v.passed) << v.found;
  EXPECT_FALSE(v.decided);
}

TEST(SelftestClaims, ADelayInAnotherHopFails) {
  const Shown shown{slots(200, 3), slots(200, 3), {slots(0, 3)}};
  const Verdict v = judge_delay({"tx > wire", "wire > end"}, shown, 1, 200, {});
  EXPECT_FALSE(v.passed);
  EXPECT_TRUE(v.decided) << v.found;
}

TEST(SelftestClaims, TooFewSlotsDecideNothing) {
  const Verdict v = judge_delay({"tx > end"}, {{200, 200}, {200, 200}, {}}, 0, 200, {});
  EXPECT_FALSE(v.passed);
  EXPECT_FALSE(v.decided);
}

TEST(SelftestClaims, ADifferenceIsJudgedWithItsHalfWidth) {
  const auto verdict = [](double value, double half) {
    Verdict v;
    judge_difference(v, value, half, "differs");
    return v;
  };
  EXPECT_TRUE(verdict(-10, 5).passed);
  EXPECT_FALSE(verdict(-10, 6).passed);
  EXPECT_FALSE(verdict(-10, 6).decided);
  EXPECT_FALSE(verdict(0, 16).passed);
  EXPECT_FALSE(verdict(-40, 20).passed);
  EXPECT_TRUE(verdict(-40, 20).decided);
}

/// All taps cost `all` at once, 400 ns one by one.
Verdict sum_judged(double all, double spread) {
  return judge_sum(slots(all, spread), slots(400, 0));
}

TEST(SelftestClaims, AllTapsMayCostALittleLessThanTheSum) {
  EXPECT_TRUE(sum_judged(405, 2).passed);
  EXPECT_TRUE(sum_judged(350, 2).passed);
  for (const double wrong : {430.0, 250.0}) {
    EXPECT_FALSE(sum_judged(wrong, 2).passed) << wrong;
    EXPECT_TRUE(sum_judged(wrong, 2).decided) << wrong;
  }
  const Verdict wide = sum_judged(400, 400);
  EXPECT_FALSE(wide.passed) << wide.found;
  EXPECT_FALSE(wide.decided);
}

}  // namespace
}  // namespace hopcost::campaign
