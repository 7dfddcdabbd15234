// What is drawn, character by character.
#include "analyzer/live/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace hopcost::analyzer {
namespace {

LiveSnapshot sample() {
  LiveSnapshot s{.elapsed_s = 12.4, .interval_s = 0.5, .regime = "tap", .hops = {}, .taps = {}, .foreign = 3};
  LiveHop hop;
  hop.name = "sent > wire";
  hop.per_second = 20'000;
  hop.now = {.p50 = 1700, .p99 = 5000, .p999 = 9000, .max = 11'000};
  hop.total = {.p50 = 1800, .p99 = 5100, .p999 = 9100, .max = 250'000};
  hop.p50_trail = {1000, 1700, std::nullopt, 1350};
  s.hops = {hop, hop};
  s.hops[1].name = "wire > container";
  s.taps = {
      {.name = "wire", .regime = "tap", .seen = 200'000, .missing = 1, .ring_drops = 0, .per_second = 20'000},
      {.name = "container", .regime = "tap", .seen = 199'001, .ring_drops = 7, .per_second = 1'250'000}};
  return s;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

constexpr Screen kPlain{.columns = 100, .rows = 24, .utf8 = true, .colour = false};

TEST(Draw, AHundredColumnsHoldEverything) {
  EXPECT_EQ(draw(sample(), kPlain),
            "analyzer  12 s  stamps by tap  now: the last 0.5 s  Ctrl-C ends\n"
            "\n"
            "hop                 per s  p50 now  p99 now      p50      p99    p99.9      max  p50 over time\n"
            "sent > wire           20k  1700 ns  5000 ns  1800 ns  5100 ns  9100 ns   250 us  ▁█ ▄\n"
            "wire > container      20k  1700 ns  5000 ns  1800 ns  5100 ns  9100 ns   250 us  ▁█ ▄\n"
            "\n"
            "tap          per s        seen   missing ring drops     dup  reorder  stamps by\n"
            "wire           20k      200000         1          0       0        0  tap\n"
            "container    1.25M      199001         0          7       0        0  tap\n"
            "\n"
            "other frames 3");
}

TEST(Draw, WhoChangesTheCpuIsShownWhereItIsKnown) {
  auto s = sample();
  s.hops[1].cross = "3.1 %";
  s.notes = {"wire > container: 3.1 % changed the CPU"};
  Screen wide = kPlain;
  wide.columns = 120;
  const auto lines = lines_of(draw(s, wide));
  EXPECT_NE(lines[2].find("max    x-CPU"), std::string::npos) << lines[2];
  EXPECT_NE(lines[4].find("250 us    3.1 %"), std::string::npos) << lines[4];
  EXPECT_EQ(lines.back(), s.notes.front());
}

TEST(Draw, EveryScreenIsKeptTo) {
  for (unsigned columns = 1; columns < 140; ++columns) {
    for (const unsigned rows : {1u, 3u, 7u, 40u}) {
      Screen screen{.columns = columns, .rows = rows, .utf8 = false, .colour = false};
      const auto lines = lines_of(draw(sample(), screen));
      EXPECT_LE(lines.size(), rows);
      for (const auto& line : lines) EXPECT_LE(line.size(), columns) << line;
    }
  }
}

TEST(Draw, ANarrowScreenKeepsWhatTellsMost) {
  Screen narrow = kPlain;
  narrow.columns = 50;
  const auto head = lines_of(draw(sample(), narrow))[2];
  EXPECT_EQ(head, "hop               p50 now  p99 now  p50 over time");
}

TEST(Draw, AHopThatMustNotBeReadHasNoFigure) {
  auto s = sample();
  s.hops[1].invalid = "stale stamps: 12 of 12 are the same at both taps";
  const auto line = lines_of(draw(s, kPlain))[4];
  EXPECT_EQ(line.find("wire > container  no figure: stale stamps"), 0u) << line;
  EXPECT_EQ(line.find("1700"), std::string::npos);
}

TEST(Draw, ClocksThatDisagreeAreSaid) {
  auto s = sample();
  s.hops[1].negative = "5 of 9 differences below zero";
  EXPECT_NE(draw(s, kPlain).find("wire > container: 5 of 9 differences below zero"), std::string::npos);
}

TEST(Draw, NoNameReachesTheTerminalAsASequence) {
  auto s = sample();
  s.taps[0].name = "\x1b[2Jx";
  s.hops[0].name = "a\nb > c";
  const auto text = draw(s, kPlain);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(lines_of(text).size(), 11u);
}

TEST(Draw, ColoursGoOnlyAroundWholeLines) {
  Screen coloured = kPlain;
  coloured.colour = true;
  const auto lines = lines_of(draw(sample(), coloured));
  const auto plain = lines_of(draw(sample(), kPlain));
  EXPECT_EQ(lines[0], "\x1b[1m" + plain[0] + "\x1b[0m");
  EXPECT_EQ(lines[7], plain[7]);
  EXPECT_EQ(lines[8], "\x1b[31m" + plain[8] + "\x1b[0m");  // a ring dropped
}

TEST(Draw, ASparklineRunsFromLeastToMost) {
  EXPECT_EQ(sparkline({100, 800, 450}, 10, true), "▁█▄");
  EXPECT_EQ(sparkline({100, 800, 450}, 2, true), "█▁");
  EXPECT_EQ(sparkline({100, std::nullopt, 800}, 10, false), "_ #");
  EXPECT_EQ(sparkline({1000, 1001, 1000}, 10, true), "▁▁▁");  // a steady line looks steady
  EXPECT_EQ(sparkline({}, 10, true), "");
  EXPECT_EQ(sparkline({std::nullopt}, 10, true), " ");
  EXPECT_EQ(sparkline({0, ~std::uint64_t{0}}, 10, true), "▁█");
}

TEST(Draw, Rates) {
  EXPECT_EQ(rate_text(0), "0");
  EXPECT_EQ(rate_text(999), "999");
  EXPECT_EQ(rate_text(20'000), "20k");
  EXPECT_EQ(rate_text(1'250'000), "1.25M");
}

}  // namespace
}  // namespace hopcost::analyzer
