// The text, read back by the format's reference parser (python3-prometheus-client).
#include "analyzer/output/openmetrics.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/analyzer/start.h"
#include "tests/support/openmetrics_oracle.h"

namespace hopcost::analyzer {
namespace {

Correlator counted(std::uint64_t probes, StampKind kind = StampKind::kTap) {
  Correlator c(2, {.window = 1024, .max_flows = 1});
  c.expect(1, {});
  for (std::uint64_t s = 0; s < probes; ++s) {
    c.probe(0, {1, s, kStart}, kStart + 300, kind);
    c.probe(1, {1, s, kStart}, kStart + (kind == StampKind::kTap ? 400 : 300), kind);
  }
  c.foreign(5);
  return c;
}

const std::vector<TapFacts> kFacts = {{"wire \"a\\b\"\n", false, 3}, {"container", true, 0}};

std::string text_of(const Correlator& c, double elapsed_s = 2.5) {
  return openmetrics_text(summarise(c, kFacts, 1001), elapsed_s);
}

TEST(OpenMetrics, TheReferenceParserReadsEveryFigure) {
  if (!have_openmetrics_parser()) GTEST_SKIP() << "python3-prometheus-client is not installed";
  const auto c = counted(1000);
  auto j = parse_openmetrics(text_of(c));
  const std::string hop = R"({"from": "wire \"a\\b\"\n", "to": "container"})";
  const std::string wire = R"({"tap": "wire \"a\\b\"\n"})";
  EXPECT_EQ(j["hopcost_hop_seconds_count" + hop], 1000);
  EXPECT_NEAR(j["hopcost_hop_seconds_sum" + hop].get<double>(), 1e-4, 1e-12);
  EXPECT_EQ(j[R"(hopcost_hop_seconds{"from": "wire \"a\\b\"\n", "quantile": "0.5", "to": "container"})"],
            1e-7);
  EXPECT_EQ(j[R"(hopcost_since_tx_seconds{"quantile": "0.999", "tap": "container"})"], 4e-7);
  EXPECT_EQ(j["hopcost_tap_probes_total" + wire], 1000);
  EXPECT_EQ(j["hopcost_tap_missing" + wire], 1);
  EXPECT_EQ(j["hopcost_tap_ring_drops_total" + wire], 3);
  EXPECT_EQ(j[R"(hopcost_tap_regime{"hopcost_tap_regime": "tap", "tap": "container"})"], 1);
  EXPECT_EQ(j[R"(hopcost_tap_regime{"hopcost_tap_regime": "none", "tap": "container"})"], 0);
  EXPECT_EQ(j["hopcost_hop_invalid" + hop], 0);
  EXPECT_EQ(j["hopcost_other_frames_total{}"], 5);
  EXPECT_EQ(j["hopcost_counting_seconds{}"], 2.5);
}

TEST(OpenMetrics, WithoutAProbeThereIsNoQuantile) {
  if (!have_openmetrics_parser()) GTEST_SKIP() << "python3-prometheus-client is not installed";
  const auto c = counted(0);
  auto j = parse_openmetrics(text_of(c));
  EXPECT_EQ(j[R"(hopcost_since_tx_seconds_count{"tap": "container"})"], 0);
  EXPECT_FALSE(j.contains(R"(hopcost_since_tx_seconds{"quantile": "0.5", "tap": "container"})"));
}

TEST(OpenMetrics, AFigureThatTheStampsForbidIsNotThere) {
  if (!have_openmetrics_parser()) GTEST_SKIP() << "python3-prometheus-client is not installed";
  const auto c = counted(1000, StampKind::kSoftware);
  auto j = parse_openmetrics(text_of(c));
  const std::string hop = R"({"from": "wire \"a\\b\"\n", "to": "container"})";
  EXPECT_EQ(j["hopcost_hop_invalid" + hop], 1);
  EXPECT_FALSE(j.contains("hopcost_hop_seconds_count" + hop));
  EXPECT_EQ(j[R"(hopcost_tap_regime{"hopcost_tap_regime": "software", "tap": "container"})"], 1);
}

TEST(OpenMetrics, DifferencesBelowZeroAreCountedAlone) {
  Correlator c(2, {.window = 1024, .max_flows = 1});
  c.expect(1, {});
  c.probe(0, {1, 0, kStart}, kStart + 300, StampKind::kTap);
  c.probe(1, {1, 0, kStart}, kStart + 200, StampKind::kTap);
  const auto text = text_of(c);
  EXPECT_EQ(text.find("hopcost_hop_seconds{"), std::string::npos) << text;
  const auto value_of = [&](const std::string& name) {
    const auto line = text.find("\n" + name + "{");
    return text.substr(text.find("} ", line) + 2, 2);
  };
  EXPECT_EQ(value_of("hopcost_hop_seconds_count"), "0\n");
  EXPECT_EQ(value_of("hopcost_hop_seconds_sum"), "0\n");
  EXPECT_EQ(value_of("hopcost_hop_negative_total"), "1\n");
}

}  // namespace
}  // namespace hopcost::analyzer
