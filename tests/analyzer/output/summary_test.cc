#include "analyzer/output/summary.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "analyzer/output/report_text.h"
#include "analyzer/output/summary_json.h"
#include "stats/hdr_codec.h"
#include "tests/analyzer/start.h"

namespace hopcost::analyzer {
namespace {

/// 1000 probes at two taps; those of `software` bear the same kernel stamp at both.
Correlator run(std::uint64_t software) {
  Correlator c(2, {.window = 1024, .max_flows = 1});
  c.expect(1, {});
  for (std::uint64_t s = 0; s < 1000; ++s) {
    const bool stale = s < software;
    const auto kind = stale ? StampKind::kSoftware : StampKind::kTap;
    c.probe(0, {1, s, kStart}, kStart + 300, kind);
    c.probe(1, {1, s, kStart}, kStart + (stale ? 300 : 350), kind);
  }
  c.close();
  return c;
}

const std::vector<TapFacts> kTwoTaps = {{"wire", false, 0}, {"container", false, 7}};
const std::vector<TapFacts> kMacvlan = {{"wire", false, 0}, {"container", true, 7}};

TEST(Summary, RegimeOfStamps) {
  EXPECT_EQ(regime_of({0, 0, 0}), "none");
  EXPECT_EQ(regime_of({5, 0, 0}), "tap");
  EXPECT_EQ(regime_of({0, 5, 0}), "software");
  EXPECT_EQ(regime_of({0, 0, 5}), "hardware");
  EXPECT_EQ(regime_of({5, 1, 0}), "mixed");
}

TEST(Summary, LostIsWhatWasSentAndNotSeen) {
  const auto c = run(0);
  const auto s = summarise(c, kTwoTaps, 1010);
  EXPECT_EQ(s.taps[0].lost, 10u);
  EXPECT_EQ(s.taps[1].lost, 10u);
  EXPECT_EQ(s.taps[1].ring_drops, 7u);
  EXPECT_EQ(s.regime, "tap");
  EXPECT_TRUE(s.hops[0].invalid.empty());
}

/// Of 10 probes at two taps, `below` with a second stamp that is older than the first.
std::string text_with_negatives(std::uint64_t below) {
  Correlator c(2, {.window = 1024, .max_flows = 1});
  c.expect(1, {});
  for (std::uint64_t s = 0; s < 10; ++s) {
    c.probe(0, {1, s, kStart}, kStart + 300, StampKind::kTap);
    c.probe(1, {1, s, kStart}, kStart + (s < below ? 100 : 350), StampKind::kTap);
  }
  c.close();
  return report_text(summarise(c, kTwoTaps, 10), 1);
}

TEST(Summary, WhereMostDifferencesAreBelowZeroNoTimeIsTold) {
  for (const std::uint64_t below : {6u, 10u}) {
    const std::string text = text_with_negatives(below);
    const auto row = text.substr(text.find("wire > container"), 26 + 10 + 11);
    EXPECT_EQ(row.substr(row.size() - 3), "  -") << text;
    EXPECT_NE(text.find(std::to_string(below) + " of 10 differences below zero: the clocks"),
              std::string::npos);
    EXPECT_NE(text.find("no time can be told"), std::string::npos) << text;
    EXPECT_EQ(text.find("wire > container                   0       0 ns"), std::string::npos) << text;
  }
  const std::string some = text_with_negatives(1);
  EXPECT_NE(some.find("wire > container                   9      50 ns"), std::string::npos) << some;
  EXPECT_NE(some.find("they are left out"), std::string::npos);
}

TEST(Summary, AmbiguousArrivalsAndRestartsAreShownWhereThereAreAny) {
  EXPECT_EQ(report_text(summarise(run(0), kTwoTaps, 1000), 1).find("ambiguous"), std::string::npos);
  Correlator c(1, {.window = 1024, .max_flows = 1});
  c.expect(1, {});
  const auto pass = [&](std::uint64_t s, std::uint64_t tx) {
    c.probe(0, {1, s, tx}, tx + 300, StampKind::kTap);
  };
  for (std::uint64_t s = 0; s < 70'000; ++s) pass(s, kStart + s);
  for (std::uint64_t s = 10; s < 13; ++s) pass(s, kStart + s);
  const std::vector<TapFacts> wire = {{"wire", false, 0}};
  std::string text = report_text(summarise(c, wire, 70'000), 1);
  EXPECT_NE(text.find("reorder  ambiguous ring drops"), std::string::npos) << text;
  EXPECT_NE(text.find("      0          3          0  tap"), std::string::npos) << text;
  EXPECT_EQ(text.find("anew"), std::string::npos);

  pass(0, kStart + 1'000'000'000);
  text = report_text(summarise(c, wire, 70'001), 1);
  EXPECT_NE(text.find("began its numbers anew 1 times"), std::string::npos) << text;
  EXPECT_EQ(summary_to_json(summarise(c, wire, 70'001))["restarts"], 1);
}

TEST(Summary, TrainsStandInJsonWithNullForInfinity) {
  Correlator c(1, {.window = 1024, .max_flows = 1});
  c.expect(1, {.train = {.packets = 2, .untimed = 1}});
  for (const std::uint64_t s : {0u, 1u, 2u, 5u})
    c.probe(0, {1, s, kStart}, kStart + 300 - s, StampKind::kTap);
  const std::vector<TapFacts> taps = {{"wire", false, 0}};
  EXPECT_EQ(summary_to_json(summarise(c, taps, 6))["taps"][0]["since_tx"]["trains_ns"].dump(),
            "[299.0,null,295.0]");
  EXPECT_FALSE(
      summary_to_json(summarise(run(0), kTwoTaps, 1000))["taps"][0]["since_tx"].contains("trains_ns"));
}

TEST(Summary, AHopOfOneStampSeenTwiceIsNoMeasurement) {
  const auto c = run(1000);
  for (const auto& facts : {kTwoTaps, kMacvlan}) {
    const auto s = summarise(c, facts, 1000);
    EXPECT_EQ(s.regime, "software");
    EXPECT_NE(s.hops[0].invalid.find("stale stamps"), std::string::npos);
    EXPECT_TRUE(s.taps[0].invalid.empty());
    EXPECT_FALSE(s.taps[1].invalid.empty());
  }
}

TEST(Summary, AFewStaleStampsSpoilAHopIntoADeviceThatInheritsThem) {
  const auto c = run(1);
  EXPECT_FALSE(summarise(c, kMacvlan, 1000).hops[0].invalid.empty());
  const auto none = run(0);
  EXPECT_TRUE(summarise(none, kMacvlan, 1000).hops[0].invalid.empty());
}

TEST(Summary, ASingleTapOnADeviceThatInheritsStampsIsToldToo) {
  Correlator c(1, {});
  c.expect(1, {});
  c.probe(0, {1, 0, kStart}, kStart + 300, StampKind::kSoftware);
  c.close();
  const std::vector<TapFacts> end = {{"container", true, 0}};
  EXPECT_FALSE(summarise(c, end, 1).taps[0].invalid.empty());
}

TEST(SummaryJson, HasTheFormOfTheControlProtocol) {
  const auto c = run(0);
  const auto j = summary_to_json(summarise(c, kTwoTaps, 1000));
  EXPECT_EQ(j["regime"], "tap");
  EXPECT_EQ(j["taps"][0]["name"], "wire");
  EXPECT_EQ(j["taps"][0]["seen"], 1000);
  EXPECT_EQ(j["taps"][0]["stamp"]["tap"], 1000);
  EXPECT_EQ(j["hops"][0]["from"], "wire");
  EXPECT_EQ(j["hops"][0]["sum_ns"], 50'000);
  const auto histogram = decode_base64(j["hops"][0]["histogram"].get<std::string>());
  ASSERT_TRUE(histogram);
  EXPECT_EQ(histogram->count(), 1000u);
  EXPECT_EQ(histogram->min(), 50u);
  EXPECT_FALSE(j["hops"][0].contains("invalid"));
}

/// 100 probes from netif_rx (CPU 0) to netif_receive_skb, each `cross`-th on CPU 1 and later by 4 us.
Correlator backlog(std::uint64_t cross) {
  Correlator c(2, {.window = 1024, .max_flows = 1});
  c.expect(1, {});
  for (std::uint64_t s = 0; s < 100; ++s) {
    const bool steered = cross != 0 && s % cross == 0;
    c.probe(0, {1, s, kStart}, kStart + 300, StampKind::kTap, 0);
    c.probe(1, {1, s, kStart}, kStart + (steered ? 4350 : 350), StampKind::kTap, steered ? 1 : 0);
  }
  c.close();
  return c;
}
const std::vector<TapFacts> kBacklog = {{"queued", false, 0, "d0@dut", "netif_rx"},
                                        {"polled", false, 0, "d0@dut", "netif_receive_skb"}};

TEST(SummaryJson, TellsWhoChangedTheCpu) {
  const auto c = backlog(10);
  const auto hop = summary_to_json(summarise(c, kBacklog, 100))["hops"][0];
  EXPECT_EQ(hop["part"], "backlog wait");
  EXPECT_EQ(hop["cpu"]["same"]["count"], 90);
  EXPECT_EQ(hop["cpu"]["same"]["p50_ns"], 50);
  EXPECT_EQ(hop["cpu"]["cross"]["count"], 10);
  EXPECT_NEAR(hop["cpu"]["cross"]["p50_ns"].get<double>(), 4050, 4);
  EXPECT_DOUBLE_EQ(hop["cpu"]["cross_share"].get<double>(), 0.1);
  const auto untold = summary_to_json(summarise(run(0), kTwoTaps, 1000))["hops"][0];
  EXPECT_EQ(untold["cpu"]["unknown"], 1000);
  EXPECT_TRUE(untold["cpu"]["cross_share"].is_null());
  EXPECT_TRUE(untold["part"].is_null());
}

TEST(Summary, TheBacklogWaitIsBetweenNetifRxAndNetifReceiveSkbOfOneDevice) {
  Correlator c(4, {.window = 1024, .max_flows = 1});
  std::vector<TapFacts> taps = {
      kBacklog[0], {"sent", false, 0, "v0@dut", "net_dev_xmit"}, kBacklog[1], {"end", false, 0}};
  const auto s = summarise(c, taps, 0);
  EXPECT_EQ(s.hops[0].part, kBacklogWait);
  EXPECT_EQ(s.hops[1].part, kBacklogWait);
  EXPECT_EQ(s.hops[2].part, "");
  taps[2].device = "d0@elsewhere";
  EXPECT_EQ(summarise(c, taps, 0).hops[0].part, "");
}

TEST(ReportText, SaysWhoServesTheBacklog) {
  const auto inline_text = report_text(summarise(backlog(0), kBacklog, 100), 1.0);
  EXPECT_NE(inline_text.find("queued > polled: backlog wait; served on the CPU that queued"),
            std::string::npos)
      << inline_text;
  EXPECT_NE(inline_text.find("0.0 %"), std::string::npos) << inline_text;
  const auto steered = report_text(summarise(backlog(10), kBacklog, 100), 1.0);
  EXPECT_NE(steered.find("10 % changed the CPU, p50 4051 ns across, 50 ns on one"), std::string::npos)
      << steered;
}

TEST(SummaryJson, AStaleHopHoldsNoFigure) {
  const auto c = run(1000);
  const auto hop = summary_to_json(summarise(c, kMacvlan, 1000))["hops"][0];
  EXPECT_TRUE(hop.contains("invalid"));
  EXPECT_EQ(hop["count"], 0);
  EXPECT_EQ(hop["stale"], 1000);
  EXPECT_EQ(decode_base64(hop["histogram"].get<std::string>())->count(), 0u);
}

TEST(ReportText, AStaleHopShowsNoNumber) {
  const auto c = run(1000);
  const auto text = report_text(summarise(c, kMacvlan, 1000), 1.0);
  EXPECT_NE(text.find("wire > container            no figure: stale stamps"), std::string::npos) << text;
  EXPECT_EQ(text.find(" 0 ns"), std::string::npos) << text;
}

TEST(ReportText, UnitsChangeWithTheValue) {
  LatencyStats l;
  EXPECT_EQ(quantile_text(l, 0.5), "-");
  l.record(0, 330);
  EXPECT_EQ(quantile_text(l, 0.5), "330 ns");
  l.reset();
  l.record(0, 15'000);
  EXPECT_EQ(quantile_text(l, 0.5), "15.0 us");
}

}  // namespace
}  // namespace hopcost::analyzer
