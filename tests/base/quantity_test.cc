#include "base/quantity.h"

#include <gtest/gtest.h>

namespace hopcost {
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

TEST(Rate, SharesOfALink) {
  EXPECT_DOUBLE_EQ(parse_rate("50%")->pps(1518, 10e9), 10e9 * 0.5 / 8 / 1538);
  EXPECT_DOUBLE_EQ(parse_rate("100%")->pps(64, 1e9), 1e9 / 8 / 84);
  for (const char* text : {"0%", "101%", "5k%", "-1%"}) EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Rate, PacketsAlone) {
  EXPECT_EQ(*parse_packet_rate("20kpps"), 20'000);
  EXPECT_EQ(*parse_packet_rate("500"), 500);
  for (const char* text : {"", "kpps", "20 kpps", "20xpps", "0x10", "10Mbit", "50%", "max"})
    EXPECT_FALSE(parse_packet_rate(text)) << text;
}

TEST(Duration, Units) {
  using namespace std::chrono_literals;
  EXPECT_EQ(*parse_duration("10s"), 10s);
  EXPECT_EQ(*parse_duration("10"), 10s);
  EXPECT_EQ(*parse_duration("500ms"), 500ms);
  EXPECT_EQ(*parse_duration("20us"), 20us);
  EXPECT_EQ(*parse_duration("7ns"), 7ns);
  EXPECT_EQ(*parse_duration("1.5m"), 90s);
  EXPECT_EQ(*parse_duration("2min"), 2min);
  EXPECT_EQ(*parse_duration("1h"), 1h);
  EXPECT_EQ(*parse_duration("1.001us"), 1001ns);  // 1.001 * 1000 is a little less than 1001
}

TEST(Duration, BadOnesAreUsageErrors) {
  for (const char* text :
       {"", "s", "0", "0s", "-1s", "soon", "10 s", "1d", "1x", "1e30s", "nan", "inf", "0.1ns"}) {
    const auto ns = parse_duration(text);
    ASSERT_FALSE(ns) << text;
    EXPECT_EQ(ns.error().code, Exit::kUsage);
  }
}

TEST(Bytes, UnitsArePowersOf1024) {
  EXPECT_EQ(*parse_bytes("8M"), std::size_t{8} << 20);
  EXPECT_EQ(*parse_bytes("8MiB"), std::size_t{8} << 20);
  EXPECT_EQ(*parse_bytes("64k"), 65536u);
  EXPECT_EQ(*parse_bytes("64KiB"), 65536u);
  EXPECT_EQ(*parse_bytes("1G"), std::size_t{1} << 30);
  EXPECT_EQ(*parse_bytes("65536"), 65536u);
  EXPECT_EQ(*parse_bytes("9B"), 9u);
  for (const auto* text : {"", "M", "-1", "0", "0.5", "8T", "8 M", "nan", "1e300"})
    EXPECT_FALSE(parse_bytes(text)) << text;
}

}  // namespace
}  // namespace hopcost
