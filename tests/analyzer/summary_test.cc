#include "analyzer/summary.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "analyzer/report_text.h"
#include "analyzer/summary_json.h"
#include "stats/hdr_codec.h"

namespace hopcost::analyzer {
namespace {

constexpr std::uint64_t kStart = 1'700'000'000'000'000'000;

/// 1000 probes at two taps; those of `software` bear the same kernel stamp at both.
Correlator run(std::uint64_t software) {
  Correlator c(2, {.window = 1024, .max_flows = 1});
  c.expect(1, 0);
  for (std::uint64_t s = 0; s < 1000; ++s) {
    const bool stale = s < software;
    const auto kind = stale ? StampKind::kSoftware : StampKind::kTap;
    c.probe(0, {1, s, kStart}, kStart + 300, kind);
    c.probe(1, {1, s, kStart}, kStart + (stale ? 300 : 350), kind);
  }
  c.close();
  return c;
}

const std::vector<TapFacts> kPlain = {{"wire", false, 0}, {"container", false, 7}};
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
  const auto s = summarise(c, kPlain, 1010);
  EXPECT_EQ(s.taps[0].lost, 10u);
  EXPECT_EQ(s.taps[1].lost, 10u);
  EXPECT_EQ(s.taps[1].ring_drops, 7u);
  EXPECT_EQ(s.regime, "tap");
  EXPECT_TRUE(s.hops[0].invalid.empty());
}

TEST(Summary, AHopOfOneStampSeenTwiceIsNoMeasurement) {
  const auto c = run(1000);
  for (const auto& facts : {kPlain, kMacvlan}) {
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
  c.expect(1, 0);
  c.probe(0, {1, 0, kStart}, kStart + 300, StampKind::kSoftware);
  c.close();
  const std::vector<TapFacts> end = {{"container", true, 0}};
  EXPECT_FALSE(summarise(c, end, 1).taps[0].invalid.empty());
}

TEST(SummaryJson, HasTheFormOfTheControlProtocol) {
  const auto c = run(0);
  const auto j = summary_to_json(summarise(c, kPlain, 1000));
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
