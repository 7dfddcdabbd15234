// What is made of a device's trials: goals, summaries, graphs, tables and the page; and which tests are
// refused.
#include "campaign/device/device_result.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "campaign/device/command.h"
#include "campaign/device/device_page.h"
#include "campaign/device/graph.h"
#include "campaign/device/repeated.h"
#include "campaign/device/shell.h"
#include "campaign/device/tests.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

// 21 trials decide a load of CSIT's goals: of the 60 s that RFC 2544 asks for they would take 21 minutes.
TEST(Goals, CsitsTrialsAreASecondAtMost) {
  using std::chrono::milliseconds;
  for (const auto& [trial_s, name, wanted] : {std::tuple{60.0, "ndr", milliseconds(1000)},
                                              {60.0, "pdr", milliseconds(1000)},
                                              {0.1, "ndr", milliseconds(100)},
                                              {60.0, "rfc2544", milliseconds(60'000)},
                                              {60.0, "tst009", milliseconds(60'000)}}) {
    DeviceConfig config;
    config.trial_s = trial_s;
    config.initial_s = 2;
    const auto goal = goal_of(name, config);
    EXPECT_EQ(goal->final_trial, wanted) << name;
    EXPECT_EQ(goal->initial_trial, std::min(goal->final_trial, search::Time(2'000'000))) << name;
  }
}

TEST(Repeated, Percentiles) {
  EXPECT_EQ(median_of({3, 1, 2, 10}), 2.5);
  EXPECT_EQ(percentile_of({1, 2, 3, 4}, 0.5), 2);
  EXPECT_EQ(percentile_of({5}, 0.999), 5);
  const json r = repeated({1, 2, 3});
  EXPECT_EQ(r["mean"], 2.0);
  EXPECT_EQ(r["stddev"], 1.0);
  EXPECT_TRUE(repeated({}).is_null());
}

TEST(Graph, TicksAreRoundAndCoverAll) {
  EXPECT_EQ(round_ticks(9104), (std::vector<double>{0, 2000, 4000, 6000, 8000, 10000}));
  EXPECT_EQ(round_ticks(1), (std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1}));
  EXPECT_GE(round_ticks(0).back(), 1);
  EXPECT_EQ(svg_of({"t", "x", "y", {}}), "");
  EXPECT_EQ(powers_of_ten(44'000, 14.9e6), (std::vector<double>{1e4, 1e5, 1e6, 1e7, 1e8}));
  EXPECT_EQ(powers_of_ten(1000, 1000), (std::vector<double>{1000, 10'000}));
}

TEST(Graph, ALogarithmicAxisBeginsAtAPowerOfTen) {
  const std::string svg = svg_of({"t", "x", "y", {{"a", {{0.5, 0}, {1, 10}, {2, 100}, {3, 1000}}}}, true});
  EXPECT_NE(svg.find("cy=133.0"), std::string::npos) << "100 is in the middle: " << svg;
  EXPECT_NE(svg.find(">10</text>"), std::string::npos) << svg;
  EXPECT_EQ(svg.find("nan"), std::string::npos) << svg;
  EXPECT_EQ(svg.find("inf"), std::string::npos) << svg;
}

TEST(DeviceTable, WhatIsNoNumberIsNone) {
  const json result = {
      {"tests",
       {{{"test", "recovery"},
         {"size", 64},
         {"recovery_s", nullptr},
         {"irregular", "the device, \"d\",\nis away"}},
        {{"test", "congestion"}, {"size", 64}, {"back_pressure", true}, {"irregular", ""}}}}};
  const std::string table = device_table(result);
  EXPECT_NE(table.find("none ms"), std::string::npos) << table;
  EXPECT_EQ(table.find("0.000"), std::string::npos) << table;
  const std::string csv = device_csv(result);
  EXPECT_NE(csv.find("recovery,64,irregular,\"the device, \"\"d\"\", is away\"\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("congestion,64,back_pressure,true\n"), std::string::npos) << csv;
  EXPECT_EQ(csv.find("congestion,64,irregular"), std::string::npos) << csv;
}

TEST(DeviceResult, ATestWithAModifierIsNamedByBoth) {
  const json result = {
      {"tests",
       {{{"test", "throughput"}, {"size", 64}, {"throughput_fps", 5.0}, {"modifier", "none"}},
        {{"test", "throughput"},
         {"size", 64},
         {"throughput_fps", 4.0},
         {"throughput_interval_fps", {3.5, 4.5}},
         {"modifier", "management"},
         {"management", {{"query", "ICMP echo"}, {"asked", 6}, {"answered", 5}}}}}}};
  const std::string table = device_table(result);
  EXPECT_NE(table.find("throughput with management"), std::string::npos) << table;
  EXPECT_NE(table.find("4.0 fps [3.5, 4.5]"), std::string::npos) << table;
  EXPECT_NE(table.find("6 management queries (ICMP echo), 5 answered"), std::string::npos) << table;
  const std::string csv = device_csv(result);
  EXPECT_NE(csv.find("\nthroughput,64,throughput_fps,5.0\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\nthroughput with management,64,throughput_fps,4.0\n"), std::string::npos) << csv;
  EXPECT_NE(device_page(result).find("<h1>With management</h1>"), std::string::npos);
}

TEST(DeviceResult, ComplianceIsSaidInTheStandardsWords) {
  DeviceConfig config;
  const auto words = [&] { return compliance(config)["rfc2544"].get<std::string>(); };
  config.tests = {"throughput"};
  config.repeats = 5;
  config.trial_s = 60;
  EXPECT_NE(words().find("conditionally compliant"), std::string::npos) << words();
  config.trial_s = 2;
  EXPECT_NE(words().find("what was given up is named"), std::string::npos) << words();
  config.tests = {"throughput", "latency"};
  EXPECT_NE(words().find("not compliant, since section 26.2"), std::string::npos) << words();
  config.repeats = 20;
  EXPECT_EQ(words().find("not compliant"), std::string::npos) << words();
  EXPECT_NE(device_page({{"compliance", compliance(config)}}).find("section 5"), std::string::npos);
}

TEST(DeviceConfig, WhatCantBeTestedIsRefused) {
  DeviceConfig good;
  good.tests = {"latency"};
  good.dut = "router";
  good.sizes = {"64"};
  EXPECT_TRUE(validate(good));
  const auto refused = [&](auto change) {
    DeviceConfig c = good;
    change(c);
    const auto ok = validate(c);
    return !ok && ok.error().code == Exit::kUsage;
  };
  EXPECT_TRUE(refused([](DeviceConfig& c) { c.tests = {"latency", "reset"}; })) << "no --reset-command";
  const auto profile = [](DeviceConfig& c) { c.profile = "eth/ipv4/udp size=512"; };
  EXPECT_FALSE(refused(profile));
  EXPECT_TRUE(refused([&](DeviceConfig& c) { profile(c), c.sizes = {"64", "512"}; }));
  EXPECT_TRUE(refused([&](DeviceConfig& c) { profile(c), c.bidirectional = true; }));
  EXPECT_TRUE(refused([](DeviceConfig& c) { c.extension = "chain"; })) << "IPv6 alone has them";
  EXPECT_TRUE(refused([](DeviceConfig& c) { c.ipv6 = true, c.sizes = {"124"}, c.extension = "chains"; }));
  EXPECT_FALSE(refused([](DeviceConfig& c) { c.ipv6 = true, c.sizes = {"124"}, c.extension = "chain"; }));
  EXPECT_TRUE(refused([](DeviceConfig& c) { c.ipv6 = true, c.sizes = {"84"}, c.extension = "chain"; }));
  EXPECT_TRUE(refused([](DeviceConfig& c) { c.ipv6 = true, c.sizes = {"104"}, c.outer = "198.18.1.2"; }));
  EXPECT_FALSE(
      refused([](DeviceConfig& c) { c.ipv6 = true, c.sizes = {"104"}, c.outer = "1.2.3.4,1.2.3.5"; }));
  EXPECT_TRUE(refused([](DeviceConfig& c) { c.connections = 10'001; }));
  const auto by_xdp = [](DeviceConfig& c) {
    c.dut = "", c.ports = {"xdp:a", "af_packet:b"}, c.dst_mac = "02:00:00:00:00:01";
  };
  EXPECT_FALSE(refused(by_xdp));
  EXPECT_TRUE(refused([&](DeviceConfig& c) { by_xdp(c), c.dst_mac = ""; })) << "nobody is named";
  const auto named = [](DeviceConfig& c) { c.dut = "", c.ports = {"af_packet:a", "af_packet:b"}; };
  EXPECT_TRUE(refused(named));
  EXPECT_FALSE(refused([&](DeviceConfig& c) { named(c), profile(c); })) << "the profile names addresses";
  EXPECT_TRUE(refused([&](DeviceConfig& c) { by_xdp(c), c.sizes = {"imix"}; })) << "one fixed frame";
  EXPECT_TRUE(refused([](DeviceConfig& c) { c.modifiers = {"none", "2-filters"}; }));
  EXPECT_FALSE(refused([](DeviceConfig& c) {
    c.modifiers = {"none", "1-filter", "25-filters", "management"};
  }));
  EXPECT_TRUE(refused([](DeviceConfig& c) { c.modifiers = {"management"}, c.backend = "dpdk"; }));
  EXPECT_TRUE(refused([](DeviceConfig& c) {
    c.modifiers = {"25-filters"}, c.dut = "", c.ports = {"af_packet:a", "af_packet:b"};
    c.dst_mac = "02:00:00:00:00:01";
  })) << "filters are put into what is built";
  const auto four = [](DeviceConfig& c) {
    c.dut = "", c.dst_mac = "02:00:00:00:00:01,02:00:00:00:00:02";
    c.ports = {"af_packet:a", "af_packet:b", "af_packet:c", "af_packet:d"};
  };
  EXPECT_FALSE(refused(four));
  EXPECT_TRUE(refused([&](DeviceConfig& c) { four(c), c.routes = 5000; }));
  EXPECT_TRUE(refused([&](DeviceConfig& c) { four(c), c.ports.push_back("af_packet:e"); }));
  EXPECT_TRUE(refused([&](DeviceConfig& c) { four(c), c.ports[3] = "af_xdp:d"; }));
  EXPECT_TRUE(refused([&](DeviceConfig& c) { four(c), c.bidirectional = true; }));
  EXPECT_TRUE(refused([&](DeviceConfig& c) { four(c), c.tests = {"caching"}; }));
  EXPECT_TRUE(refused([&](DeviceConfig& c) { four(c), c.broadcast = true; }));
  EXPECT_FALSE(refused([&](DeviceConfig& c) { four(c), c.tests = {"congestion"}; }));
  EXPECT_TRUE(refused([&](DeviceConfig& c) { four(c), c.tests = {"congestion", "loss"}; }));
}

TEST(Shell, EndsWithItsTime) {
  using std::chrono::seconds, std::chrono::milliseconds;
  const auto now = [] { return std::chrono::steady_clock::now(); };
  EXPECT_TRUE(run_shell_until("true", now() + seconds(30)));
  const auto failed = run_shell_until("exit 3", now() + seconds(30));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Exit::kFailure);
  EXPECT_NE(failed.error().what.find("exit status 3"), std::string::npos);
  const auto begun = now();
  const auto hung = run_shell_until("sleep 60; true", begun + milliseconds(200));
  ASSERT_FALSE(hung);
  EXPECT_NE(hung.error().what.find("does not end"), std::string::npos);
  EXPECT_LT(now() - begun, seconds(30));
}

TEST(DevicePage, IsWholeWithNothingAndSafeWithAnything) {
  EXPECT_NE(device_page(json::object()).find("</html>"), std::string::npos);
  const json result = {
      {"config", {{"dut", "<script>"}, {"trial_s", 60}}},
      {"tests",
       {{{"test", "throughput"},
         {"size", 64},
         {"throughput_fps", 1000.0},
         {"theoretical_fps", 14880.0},
         {"tester_limit_fps", 5000.0},
         {"mlr", json::array()},
         {"irregular", "<b>"}},
        {{"test", "loss"}, {"size", "imix"}, {"loss_curve", {{{"share", 1.0}, {"loss_percent", 3.5}}}}}}}};
  const std::string page = device_page(result);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("the link&#39;s rate") == std::string::npos ? page.find("the link's rate") : 1,
            std::string::npos);
  EXPECT_NE(page.find("IMIX"), std::string::npos);
  const std::string csv = device_csv(result);
  EXPECT_NE(csv.find("throughput,64,throughput_fps,1000.0\n"), std::string::npos);
  EXPECT_NE(csv.find("loss,imix,loss_curve.0.loss_percent,3.5\n"), std::string::npos);
}

}  // namespace
}  // namespace hopcost::campaign
