// When a quantile may be given: the rules for few packets and for lost ones, at their very edges.
#include "stats/quantile_status.h"

#include <gtest/gtest.h>

namespace hopcost {
namespace {

HdrHistogram of(std::uint64_t n) {
  HdrHistogram h;
  h.record_n(500, n);
  return h;
}

TEST(QuantileStatus, AHundredPacketsHaveToLieBeyond) {
  EXPECT_EQ(quantile_status(of(1000), 0.9), QuantileStatus::kOk);
  EXPECT_EQ(quantile_status(of(999), 0.9), QuantileStatus::kTooFew);
  EXPECT_EQ(quantile_status(of(100'000), 0.999), QuantileStatus::kOk);
  EXPECT_EQ(quantile_status(of(99'999), 0.999), QuantileStatus::kTooFew);
  EXPECT_EQ(quantile_status({}, 0.5), QuantileStatus::kEmpty);
}

TEST(QuantileStatus, WhatIsLostIsInfinite) {
  EXPECT_EQ(quantile_status(of(990'000), 0.99, 0.01), QuantileStatus::kOk);
  EXPECT_EQ(quantile_status(of(990'000), 0.99, 0.0101), QuantileStatus::kLoss);
  EXPECT_EQ(quantile_status(of(990'000), 0.999, 0.01), QuantileStatus::kLoss);
  EXPECT_EQ(quantile_status({}, 0.5, 1), QuantileStatus::kLoss);
}

TEST(QuantileStatus, WhatIsAboveTheRangeIsInfinite) {
  HdrHistogram h = of(900);
  for (int i = 0; i < 101; ++i) (void)h.record(200'000'000'000);
  EXPECT_EQ(quantile_status(h, 0.9), QuantileStatus::kLoss);
  EXPECT_EQ(quantile_status(h, 0.5), QuantileStatus::kOk);
}

TEST(QuantileStatus, EveryReasonIsSaid) {
  EXPECT_EQ(reason(QuantileStatus::kOk), "");
  for (const auto s : {QuantileStatus::kEmpty, QuantileStatus::kLoss, QuantileStatus::kTooFew})
    EXPECT_NE(reason(s), "");
}

}  // namespace
}  // namespace hopcost
