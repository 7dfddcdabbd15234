// What a fleet's hosts say together: fleet.json, its table, page and metrics, from made-up results.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "campaign/fleet/fleet_json.h"
#include "campaign/fleet/fleet_metrics.h"
#include "campaign/fleet/fleet_table.h"
#include "campaign/report/fleet_page.h"
#include "stats/student_t.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr int kBuildsAHost = 8;

json mode_at(const std::string& name, double cost, double se) {
  const double half = se * student_t_quantile(0.975, kBuildsAHost - 1);
  return {{"name", name},
          {"lost", 0},
          {"cost_vs_host_ns",
           {{"estimate", cost},
            {"ci95", {cost - half, cost + half}},
            {"builds", kBuildsAHost},
            {"verdict", "higher"},
            {"share_of_host",
             {{"estimate", cost / 2000}, {"ci95", {(cost - half) / 2000, (cost + half) / 2000}}}}}}};
}

FleetMember member(const std::string& name, double bridge, const std::string& state = "complete") {
  FleetMember m{
      {name, {}, {}, {}, {}, {}}, {state, state == "complete" ? "" : "why <not>", nullptr}, false, 3};
  if (state == "failed") return m;
  const json load = {{"rate_pps", 20000.0}, {"size", 64}, {"burst", 1}, {"gap", "jittered"}};
  m.outcome.result = {
      {"started", "2026-01-01T00:00:00Z"},
      {"load", load},
      {"modes", {{{"name", "host"}, {"cost_vs_host_ns", nullptr}}, mode_at("bridge", bridge, 1)}}};
  return m;
}

json fleet_of(const std::vector<FleetMember>& members) {
  return fleet_json({{"hopcost", "fleet"}, "2026-01-01T00:00:00Z", 7, {"inv"}, "c.toml"}, members);
}

/// Hosts 0, 2, 4, 6, 8 ns around 800 with a standard error of 1 each: closed forms, as in
/// random_effects_test.
std::vector<FleetMember> five_hosts() {
  std::vector<FleetMember> members;
  for (int i = 0; i < 5; ++i) members.push_back(member("h" + std::to_string(i), 796 + 2 * i));
  return members;
}

TEST(FleetResult, SaysWhatTheHostsSayTogether) {
  const json fleet = fleet_of(five_hosts());
  ASSERT_EQ(fleet["levels"].size(), 1u);
  ASSERT_EQ(fleet["levels"][0]["modes"].size(), 1u) << "host costs nothing more than itself";
  const json bridge = fleet["levels"][0]["modes"][0], all = bridge["cost_ns"];
  EXPECT_EQ(all["hosts"], 5);
  EXPECT_NEAR(all["mean"].get<double>(), 800, 1e-9);
  EXPECT_NEAR(all["between_host_sd"].get<double>(), 3, 1e-6);
  EXPECT_NEAR(all["ci95"][1].get<double>(), 800 + 2.7764 * std::sqrt(2), 1e-3);
  EXPECT_NEAR(bridge["share_of_host"]["mean"].get<double>(), 0.4, 1e-9);
  for (const json& row : bridge["hosts"]) EXPECT_EQ(row["outlier"], false);
  EXPECT_EQ(fleet["complete"], true);
}

TEST(FleetResult, AnOutlierIsNamedAndAFailureHasItsReason) {
  auto members = five_hosts();
  members.push_back(member("far", 1500));
  members.push_back(member("dead", 0, "failed"));
  const json fleet = fleet_of(members);
  EXPECT_EQ(fleet["complete"], false);
  const json rows = fleet["levels"][0]["modes"][0]["hosts"];
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows.back()["host"], "far");
  EXPECT_EQ(rows.back()["outlier"], true);
  const std::string table = fleet_table(fleet);
  EXPECT_NE(table.find("! far in bridge: +1500.0"), std::string::npos) << table;
  EXPECT_NE(table.find("dead: failed: why <not>"), std::string::npos) << table;
  EXPECT_NE(table.find("7 hosts: 6 complete, 1 failed"), std::string::npos) << table;
  const std::string page = make_fleet_page(fleet);
  EXPECT_NE(page.find("differs from all others"), std::string::npos);
  EXPECT_NE(page.find("why &lt;not&gt;"), std::string::npos);
}

TEST(FleetResult, AnUnfitHostIsShownAndInNoMean) {
  auto members = five_hosts();
  members.push_back(member("unfit", 5000, "unfit"));
  members.push_back(member("cut", 800, "partial"));
  const json bridge = fleet_of(members)["levels"][0]["modes"][0];
  EXPECT_EQ(bridge["hosts"].size(), 7u);
  EXPECT_EQ(bridge["hosts"][5]["in_mean"], false);
  EXPECT_EQ(bridge["hosts"][6]["in_mean"], true) << "what was measured of it has its interval";
  EXPECT_EQ(bridge["cost_ns"]["hosts"], 6);
}

TEST(FleetResult, OneHostHasNoIntervalOverHosts) {
  const json fleet = fleet_of({member("a", 800)});
  const json all = fleet["levels"][0]["modes"][0]["cost_ns"];
  EXPECT_NEAR(all["mean"].get<double>(), 800, 1e-9);
  EXPECT_TRUE(all["ci95"].is_null());
  EXPECT_TRUE(all["between_host_sd"].is_null());
  EXPECT_FALSE(fleet_table(fleet).empty());
  EXPECT_FALSE(make_fleet_page(fleet).empty());
}

TEST(FleetResult, AResultOfAnotherFormIsNoLevel) {
  FleetMember odd = member("odd", 800);
  for (const json& load : {json(), json(3), json{{"rate_pps", 1}}}) {
    odd.outcome.result["load"] = load;
    EXPECT_TRUE(fleet_of({odd})["levels"].empty()) << load;
  }
  odd.outcome.result["further_levels"] = 3;
  EXPECT_TRUE(fleet_of({odd})["levels"].empty());
}

TEST(FleetResult, NoHostAtAllIsATableToo) {
  const json fleet = fleet_of({member("dead", 0, "failed")});
  EXPECT_TRUE(fleet["levels"].empty());
  EXPECT_NE(fleet_table(fleet).find("dead: failed"), std::string::npos);
  EXPECT_NE(fleet_metrics(fleet, 1).find("hopcost_fleet_host{host=\"dead\",state=\"failed\"} 1"),
            std::string::npos);
  EXPECT_FALSE(
      make_fleet_page(json::parse(R"({"hosts": [1, {}], "levels": [{"modes": [[], {"hosts": 3}]}]})"))
          .empty());
}

TEST(FleetMetrics, AreSecondsWithHostModeAndLoad) {
  const std::string text = fleet_metrics(fleet_of(five_hosts()), 1234);
  EXPECT_NE(text.find("hopcost_fleet_cost_seconds{host=\"h4\",mode=\"bridge\",rate=\"20000\",size=\"64\","
                      "burst=\"1\"} 8.04e-07"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("hopcost_fleet_mean_seconds{mode=\"bridge\",rate"), std::string::npos);
  EXPECT_NE(text.find("hopcost_fleet_end_timestamp_seconds 1234\n# EOF\n"), std::string::npos);
}

TEST(FleetMetrics, NoSeriesIsThereTwice) {
  FleetMember m = member("h", 800);
  json further = json::array();
  for (const int containers : {1, 8}) {
    for (const char* deal : {"spread", "aimed"}) {
      json level = {{"load", m.outcome.result["load"]}, {"modes", m.outcome.result["modes"]}};
      level["load"]["containers"] = containers;
      level["load"]["deal"] = deal;
      further.push_back(level);
    }
  }
  m.outcome.result["further_levels"] = further;
  const json fleet = fleet_of({m});
  EXPECT_EQ(fleet["levels"].size(), 5u);
  std::set<std::string> series;
  std::istringstream lines(fleet_metrics(fleet, 1));
  for (std::string line; std::getline(lines, line);) {
    const bool sample = !line.starts_with('#');
    EXPECT_TRUE(!sample || series.insert(line.substr(0, line.rfind(' '))).second) << line;
  }
  EXPECT_NE(
      fleet_table(fleet).find("8 containers of each mode, one of them measured, the others as background"),
      std::string::npos)
      << fleet_table(fleet);
  EXPECT_NE(make_fleet_page(fleet).find(
                "8 containers of each mode, one of them measured, the others as background"),
            std::string::npos);
}

}  // namespace
}  // namespace hopcost::campaign
