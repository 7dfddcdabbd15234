// The interval log: what goes out comes back, what is wrong is named with its line. The Java oracle has its
// own file.
#include "stats/hdr_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "stats/fixed_point.h"
#include "stats/hdr_codec.h"
#include "stats/jitter.h"
#include "tests/stats/scratch.h"

namespace hopcost {
namespace {

HdrHistogram one(std::uint64_t value) {
  HdrHistogram h;
  h.record(value);
  return h;
}

TEST(HdrLog, HeaderIsThatOfVersion13) {
  Scratch scratch;
  const auto path = scratch.path() / "a.hlog";
  auto writer = HlogWriter::create(path, 1'763'692'200.5);
  ASSERT_TRUE(writer.has_value());
  ASSERT_TRUE(writer->write("a", 1'763'692'201.0, 1'763'692'203.0, one(2'500'000)).has_value());
  ASSERT_TRUE(writer->close().has_value());
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(),
            "#[Histogram log format version 1.3]\n"
            "#[StartTime: 1763692200.500 (seconds since epoch), Fri Nov 21 02:30:00 UTC 2025]\n"
            "#[BaseTime: 1763692200.500 (seconds since epoch)]\n"
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n"
            "Tag=a,0.500,2.000,2.501," +
                encode_base64(one(2'500'000)) + "\n");
  EXPECT_FALSE(writer->write("a", 0, 0, one(1)).has_value()) << "closed";
}

TEST(HdrLog, TimesAreRelativeToTheBaseOrTheStart) {
  const std::string line = "5.000,1.000,0.0," + encode_base64(one(7)) + "\n";
  EXPECT_EQ(parse_hlog(line, "x").value().intervals.at(0).start_s, 5.0);
  EXPECT_EQ(parse_hlog("#[StartTime: 1700000000.0 (s)]\n" + line, "x").value().intervals.at(0).start_s,
            1'700'000'005.0);
  EXPECT_EQ(parse_hlog("#[BaseTime: 100.0]\r\n" + line, "x").value().intervals.at(0).start_s, 105.0);
  EXPECT_TRUE(parse_hlog("", "x").value().intervals.empty());
}

TEST(HdrLog, FaultsNameTheirLine) {
  const std::string good = "5.000,1.000,0.0," + encode_base64(one(7)) + "\n";
  for (const std::string& bad :
       {std::string("nonsense"), std::string("1,2,3"), std::string("x,1.0,1.0,AAAA"),
        std::string("1.0,nan,1.0,") + encode_base64(one(1)), std::string("Tag=,1,1,1,AAAA"),
        std::string("1.0,1.0,1.0,AAAA"), good.substr(0, good.size() / 2), std::string("#[BaseTime: soon]")}) {
    auto log = parse_hlog(good + bad, "some.hlog");
    ASSERT_FALSE(log.has_value()) << bad;
    EXPECT_TRUE(log.error().what.starts_with("some.hlog:2: ")) << log.error().what;
    EXPECT_EQ(log.error().code, Exit::kUsage);
  }
}

TEST(HdrLog, SystemFaultsAreErrors) {
  Scratch scratch;
  EXPECT_EQ(read_hlog(scratch.path() / "none").error().code, Exit::kMissing);
  EXPECT_FALSE(read_hlog(scratch.path()).has_value()) << "a folder";
  EXPECT_FALSE(HlogWriter::create(scratch.path() / "no" / "such", 0).has_value());
  auto full = HlogWriter::create("/dev/full", 0);
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().err, ENOSPC);
}

TEST(HdrLog, TagsThatWouldBreakTheLineAreRefused) {
  Scratch scratch;
  auto writer = HlogWriter::create(scratch.path() / "a.hlog", 0);
  for (const char* tag : {"a,b", "a b", "a\nb"}) EXPECT_FALSE(writer->write(tag, 0, 1, one(1)).has_value());
  EXPECT_TRUE(writer->comment("two\nlines").has_value());
  ASSERT_TRUE(writer->close().has_value());
  EXPECT_TRUE(read_hlog(scratch.path() / "a.hlog").value().intervals.empty());
}

TEST(FixedPoint, RoundsTheShortestDigitsHalfUp) {
  EXPECT_EQ(fixed_half_up(0.9998779296875, 12), "0.999877929688");
  EXPECT_EQ(fixed_half_up(0.125, 2), "0.13");  // printf: 0.12
  EXPECT_EQ(fixed_half_up(1.005, 2), "1.01");  // printf: 1.00
  EXPECT_EQ(fixed_half_up(9.999, 2), "10.00");
  EXPECT_EQ(fixed_half_up(-1.25, 1), "-1.3");
  EXPECT_EQ(fixed_half_up(0.0, 3), "0.000");
  EXPECT_EQ(fixed_half_up(2.5, 0), "3");
  EXPECT_EQ(fixed_half_up(1e20, 1), "100000000000000000000.0");
  EXPECT_EQ(fixed_half_up(3e-7, 6), "0.000000");
}

TEST(Jitter, Rfc3550) {
  InterarrivalJitter j;
  j.see(0, 1000);
  EXPECT_EQ(j.ns(), 0.0);
  j.see(100, 1260);  // transit 1000 -> 1160
  EXPECT_DOUBLE_EQ(j.ns(), 10.0);
  j.see(200, 1360);  // unchanged
  EXPECT_DOUBLE_EQ(j.ns(), 10.0 - 10.0 / 16.0);
  j.see(300, 1300);  // 1160 -> 1000: as much again
  EXPECT_DOUBLE_EQ(j.ns(), 9.375 + (160.0 - 9.375) / 16.0);
  InterarrivalJitter skewed;  // the receiver's clock far behind
  skewed.see(1'000'000, 1000);
  skewed.see(1'000'100, 1260);
  EXPECT_DOUBLE_EQ(skewed.ns(), 10.0);
}

TEST(PacketDelayVariation, Rfc5481) {
  HdrHistogram h;
  for (std::uint64_t v : {100u, 110u, 120u, 400u}) h.record(v);
  EXPECT_EQ(packet_delay_variation(h, 0.5), 10u);
  EXPECT_EQ(packet_delay_variation(h, 1.0), 300u);
}

}  // namespace
}  // namespace hopcost
