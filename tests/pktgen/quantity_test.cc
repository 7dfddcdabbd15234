#include "pktgen/quantity.h"

#include <gtest/gtest.h>

namespace hopcost::pktgen {
namespace {

double pps(const char* text, std::uint32_t size) {
  return parse_rate(text).value().pps(size);
}

TEST(Rate, Packets) {
  EXPECT_EQ(pps("100kpps", 64), 100'000);
  EXPECT_EQ(pps("1.5Mpps", 1518), 1'500'000);
  EXPECT_EQ(pps("2000", 64), 2000);
  EXPECT_EQ(pps("max", 64), 0);
}

// 10 Gbit/s of 64-byte frames are 14.88 million a second: the figure every data sheet has.
TEST(Rate, BitsOnTheWireIncludePreambleAndGap) {
  EXPECT_NEAR(pps("10Gbit", 64), 14'880'952.4, 0.1);
  EXPECT_NEAR(pps("10Gbit", 1518), 812'743.8, 0.1);
  EXPECT_EQ(pps("10Gbit/s", 64), pps("10Gbit", 64));
}

TEST(Rate, BitsOfFramesDoNot) {
  EXPECT_NEAR(pps("512kbit/l2", 64), 1000, 1e-9);
}

TEST(Rate, BadOnesAreUsageErrors) {
  for (const char* text :
       {"", "0", "0pps", "-5kpps", "fast", "10xpps", "5 kpps", "1e30", "nan", "inf", "10Mbit/l3"}) {
    const auto r = parse_rate(text);
    ASSERT_FALSE(r) << text;
    EXPECT_EQ(r.error().code, Exit::kUsage);
  }
}

TEST(Duration, Units) {
  EXPECT_EQ(parse_duration("10s").value(), 10'000'000'000u);
  EXPECT_EQ(parse_duration("10").value(), 10'000'000'000u);
  EXPECT_EQ(parse_duration("500ms").value(), 500'000'000u);
  EXPECT_EQ(parse_duration("20us").value(), 20'000u);
  EXPECT_EQ(parse_duration("7ns").value(), 7u);
  EXPECT_EQ(parse_duration("1.5m").value(), 90'000'000'000u);
  EXPECT_EQ(parse_duration("1h").value(), 3'600'000'000'000u);
}

TEST(Duration, BadOnesAreUsageErrors) {
  for (const char* text : {"", "0s", "-1s", "soon", "10 s", "1d", "1e30s", "nan"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Quantity, SharesOfALink) {
  EXPECT_DOUBLE_EQ(parse_rate("50%")->pps(1518, 10e9), 10e9 * 0.5 / 8 / 1538);
  EXPECT_DOUBLE_EQ(parse_rate("100%")->pps(64, 1e9), 1e9 / 8 / 84);
  for (const char* text : {"0%", "101%", "5k%", "-1%"}) EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Quantity, RatePieces) {
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

TEST(Quantity, Trains) {
  EXPECT_EQ(parse_train("16,2us")->departures, 16u);
  EXPECT_EQ(parse_train("16,2us")->gap_ns, 2000u);
  for (const char* text : {"16", "1,2us", "16,", "x,2us", "16,0", "16 ,2us"})
    EXPECT_FALSE(parse_train(text)) << text;
}

}  // namespace
}  // namespace hopcost::pktgen
