// What the machine did in the course of a quantum, over several quanta.
#include "campaign/loads/time_series.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hopcost::campaign {
namespace {

using nlohmann::json;

json quantum(const char* mode, json samples, const char* load = "rr") {
  return {{"build", 0}, {"load", load}, {"mode", mode}, {"samples", std::move(samples)}};
}

MeasuredLoads measured(std::vector<json> samples) {
  MeasuredLoads m;
  m.lanes = lanes_for({"host", "bridge"});
  MeasuredCase c;
  c.load.load = "rr";
  for (const char* name : {"cpu_busy", "power"}) c.machine.push_back({{.name = name, .unit = "u"}, {}});
  m.cases.push_back(std::move(c));
  m.samples = std::move(samples);
  return m;
}

TEST(TimeSeries, MeansOverQuantaTenthByTenth) {
  const json series =
      time_series(measured({quantum("host", {{"at_s", {0.1, 0.2}}, {"cpu_busy", {1.0, 2.0}}}),
                            quantum("host", {{"at_s", {0.12, 0.22}}, {"cpu_busy", {3.0, 4.0}}}),
                            quantum("=host", {{"at_s", {0.1}}, {"cpu_busy", {99.0}}}),
                            quantum("host", {{"at_s", {0.1}}, {"cpu_busy", {99.0}}}, "coap")}),
                  0);
  ASSERT_EQ(series.size(), 1u) << "nobody has power: " << series;
  EXPECT_EQ(series[0]["name"], "cpu_busy");
  EXPECT_EQ(series[0]["unit"], "u");
  ASSERT_EQ(series[0]["modes"].size(), 1u) << series;
  const json& host = series[0]["modes"][0];
  EXPECT_EQ(host["name"], "host");
  EXPECT_EQ(host["mean"], (json{2.0, 3.0}));
  EXPECT_NEAR(host["at_s"][1].get<double>(), 0.21, 1e-9);
}

TEST(TimeSeries, ATenthThatFewHaveIsLeftOut) {
  const json longer = {{"at_s", {0.1, 0.2}}, {"cpu_busy", {1.0, 50.0}}},
             usual = {{"at_s", {0.1}}, {"cpu_busy", {1.0}}};
  const auto tenths = [&](std::vector<json> samples) {
    return time_series(measured(std::move(samples)), 0)[0]["modes"][0]["mean"].size();
  };
  EXPECT_EQ(tenths({quantum("bridge", longer), quantum("bridge", usual), quantum("bridge", usual)}), 1u);
  EXPECT_EQ(tenths({quantum("bridge", longer), quantum("bridge", usual)}), 2u) << "half of them have it";
}

TEST(TimeSeries, AShortLastSampleIsLeftOut) {
  const json series = time_series(
      measured({quantum("host", {{"at_s", {0.1, 0.2, 0.21}}, {"cpu_busy", {1.0, 1.0, 9.0}}})}), 0);
  EXPECT_EQ(series[0]["modes"][0]["mean"], (json{1.0, 1.0}));
}

TEST(TimeSeries, NullsAndQuantaWithoutSamplesCountForNothing) {
  const json series =
      time_series(measured({quantum("host", json::object()),
                            quantum("host", {{"at_s", {0.1, 0.2}}, {"power", {nullptr, 7.0}}})}),
                  0);
  ASSERT_EQ(series.size(), 1u);
  EXPECT_EQ(series[0]["modes"][0]["mean"], (json{7.0}));
  EXPECT_EQ(series[0]["modes"][0]["at_s"], (json{0.2}));
  EXPECT_EQ(time_series(measured({}), 0), json::array());
}

}  // namespace
}  // namespace hopcost::campaign
