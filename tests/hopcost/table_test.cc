#include "campaign/table.h"

#include <gtest/gtest.h>

#include "campaign/result_json.h"
#include "campaign/uncertainty.h"
#include "synthetic.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

json result_of(int blocks, std::string partial = {}) {
  const std::vector<MeasuredPath> paths = {{"host", "host", Role::kMode, {{"end", "d0"}}},
                                           {"macvlan", "macvlan", Role::kMode, {{"end", "eth0"}}}};
  std::mt19937_64 random(1);
  Measured m{paths, {}, 12, std::move(partial)};
  for (std::uint32_t b = 0; b < static_cast<std::uint32_t>(blocks); ++b) {
    for (const std::size_t p : {0, 1, 1, 0})
      m.slots.push_back(synthetic_slot(SlotKind::kEnd, p, b, p == 0 ? 300 : 325, random));
  }
  Config config;
  return result_json({{"hopcost"}, "2026-01-01T00:00:00Z", "af_xdp", "bpf"}, config, m,
                     analyse(m.paths, m.slots, config.gates, 1), {{"kernel", "6.1"}});
}

TEST(ResultJson, HasWhatReadersRelyOn) {
  const json r = result_of(10);
  EXPECT_EQ(r["schema"], "hopcost.result/1");
  const json& m = r["modes"][1];
  EXPECT_EQ(m["sent"].get<int>(), m["received"].get<int>() + m["lost"].get<int>());
  EXPECT_EQ(m["end_to_end_ns"]["count"], 10 * 2 * 500);
  EXPECT_NEAR(m["cost_vs_host_ns"]["estimate"].get<double>(), 25, 3);
  EXPECT_EQ(m["cost_vs_host_ns"]["ci95"].size(), 2u);
  EXPECT_TRUE(r["modes"][0]["cost_vs_host_ns"].is_null());
  EXPECT_TRUE(m["end_to_end_ns"]["p999"].is_null()) << "10 packets lie beyond it: not enough to speak of";
  EXPECT_TRUE(m["end_to_end_ns"]["undefined"].contains("p999"));
  EXPECT_TRUE(m["end_to_end_ns"]["p99"].is_number());
  EXPECT_NO_THROW((void)r.dump());
}

TEST(ResultJson, EveryTermOfEachCostsUncertaintyIsThereOrSaysWhyNot) {
  const json r = result_of(10);
  const json& budget = r["modes"][1]["cost_vs_host_ns"]["uncertainty"];
  std::vector<std::string> names;
  for (const json& t : budget["terms"]) {
    names.push_back(t["term"]);
    EXPECT_FALSE(t["how"].get<std::string>().empty());
    EXPECT_TRUE(t["ns"].is_number() || t["ns"].is_null());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"stamp quantisation", "clock fit", "tap bias", "cross-CPU clock",
                                             "block statistics", "instance"}));
  const json& ci = r["modes"][1]["cost_vs_host_ns"]["ci95"];
  EXPECT_NEAR(budget["terms"][4]["ns"].get<double>(), (ci[1].get<double>() - ci[0].get<double>()) / 2 / 1.96,
              1e-9);
  EXPECT_EQ(r["uncertainty_budget"]["mode"], "macvlan");
  EXPECT_EQ(r["uncertainty_budget"]["expanded_k2_ns"], budget["expanded_k2_ns"]);
  EXPECT_NE(render_table(r).find("block statistics"), std::string::npos);
}

TEST(ResultJson, HopsTellWhoChangedTheCpu) {
  Hop hop;
  hop.from = "wire";
  hop.known = true;
  hop.cpu = {90, 10, 0};
  const StampFacts facts{{10, 30.0, 2}, 4};
  Figures figures;
  figures.tap_in = {50, {45, 55}, true};
  const auto budget = hop_uncertainty(hop, figures, facts);
  ASSERT_TRUE(budget);
  const auto term = [&](const char* name) {
    return *std::ranges::find(budget->terms, name, &UncertaintyTerm::name);
  };
  EXPECT_NEAR(*term("cross-CPU clock").ns, 0.1 * 30 / std::sqrt(3.0), 1e-9);
  EXPECT_NEAR(*term("tap bias").ns, 5 / 1.96, 1e-9);
  EXPECT_EQ(*term("clock fit").ns, 0);
  hop.cpu = {0, 0, 100};  // taps that do not tell: all of them may have
  EXPECT_NEAR(*hop_uncertainty(hop, figures, facts)->terms[3].ns, 30 / std::sqrt(3.0), 1e-9);
  EXPECT_FALSE(hop_uncertainty(hop, figures, {})->terms[3].ns) << "no bound was measured";
  hop.cpu = {100, 0, 0};
  EXPECT_EQ(*hop_uncertainty(hop, figures, {})->terms[3].ns, 0);
  hop.from = "tx";
  EXPECT_EQ(*hop_uncertainty(hop, figures, facts)->terms[2].ns, 0);
}

TEST(Table, ShowsModesCostAndVerdict) {
  const std::string text = render_table(result_of(10));
  EXPECT_NE(text.find("macvlan"), std::string::npos);
  EXPECT_NE(text.find("reference"), std::string::npos);
  EXPECT_NE(text.find("higher"), std::string::npos);
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    EXPECT_TRUE(end - at <= 118 || text.compare(at, 2, "  ") == 0) << text.substr(at, end - at);
  }
}

TEST(Table, APartialAndUnfitRunSaysSo) {
  const std::string text = render_table(result_of(2, "stopped by a signal"));
  EXPECT_NE(text.find("PARTIAL: stopped by a signal"), std::string::npos);
  EXPECT_NE(text.find("UNFIT"), std::string::npos);
}

}  // namespace
}  // namespace hopcost::campaign
