#include "campaign/table.h"

#include <gtest/gtest.h>

#include "campaign/result_json.h"
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
