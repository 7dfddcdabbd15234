#include "pktgen/pace/rate_pieces.h"

#include <gtest/gtest.h>

namespace hopcost::pktgen {
namespace {

TEST(RatePieces, RampsAndSteps) {
  const auto ramp = parse_rate_pieces("10kpps..1Mpps/10s").value();
  ASSERT_EQ(ramp.size(), 1u);
  EXPECT_EQ(ramp[0].from.value, 1e4);
  EXPECT_EQ(ramp[0].to.value, 1e6);
  EXPECT_EQ(ramp[0].ns, 10'000'000'000u);
  const auto steps = parse_rate_pieces("10Mbit/l2/5s,20Mbit/l2/500ms,30kpps").value();
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].from.unit, Rate::Unit::kFrameBits);
  EXPECT_EQ(steps[1].ns, 500'000'000u);
  EXPECT_EQ(steps[2].ns, 0u);
  EXPECT_EQ(parse_rate_pieces("500Mbit/l2")->at(0).ns, 0u);
  for (const char* text :
       {"", "10kpps..20kpps", "10kpps,20kpps", "max/5s", "10kpps/5s,max", "10kpps..", "1pps/5s,"})
    EXPECT_FALSE(parse_rate_pieces(text)) << text;
}

TEST(RatePieces, Trains) {
  EXPECT_EQ(parse_train("16,2us")->departures, 16u);
  EXPECT_EQ(parse_train("16,2us")->gap_ns, 2000u);
  for (const char* text : {"16", "1,2us", "16,", "x,2us", "16,0", "16 ,2us"})
    EXPECT_FALSE(parse_train(text)) << text;
}

}  // namespace
}  // namespace hopcost::pktgen
