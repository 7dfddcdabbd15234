// What counts as a trial of a device, what is lost where, and what is written of it: arithmetic alone.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "campaign/device/command.h"
#include "campaign/device/device_page.h"
#include "campaign/device/device_result.h"
#include "campaign/device/graph.h"
#include "campaign/device/repeated.h"
#include "campaign/device/shell.h"
#include "campaign/device/tests.h"
#include "campaign/device/trial.h"
#include "campaign/device/trial_log.h"
#include "stats/hdr_codec.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

const TrialPlan kPlan{.size = "512", .fps = 1000, .duration_s = 2};

json report(std::uint64_t sent, std::uint64_t received, double elapsed_s = 2) {
  return {{"sent", sent},
          {"elapsed_ns", elapsed_s * 1e9},
          {"partial", ""},
          {"rx",
           {{"received", received},
            {"duplicates", 0},
            {"reordered", 0},
            {"foreign", 0},
            {"ring_drops", 0},
            {"jitter_ns", 5.0},
            {"last_gap_ns", nullptr},
            {"longest_silence_ns", 2'000'000},
            {"latency", {{"p50_ns", 100}, {"min_ns", 90}}},
            {"pdv", nullptr}}}};
}

TEST(Trial, WhatWasNeverSentIsLost) {
  const TrialResult r = judge(kPlan, report(1900, 1900), {});
  EXPECT_EQ(r.offered, 2000u);
  EXPECT_EQ(r.lost, 100u);
  EXPECT_EQ(r.losses.unsent, 100u);
  EXPECT_EQ(r.losses.receiver, 0u);
  EXPECT_DOUBLE_EQ(r.loss(), 0.05);
  EXPECT_EQ(r.void_reason, "");
}

TEST(Trial, AFrameMoreOrLessAtTheEndIsNoLoss) {
  for (const std::uint64_t sent : {1999u, 2000u, 2001u}) {
    const TrialResult r = judge(kPlan, report(sent, sent), {});
    EXPECT_EQ(r.lost, 0u) << sent;
    EXPECT_EQ(r.offered, sent);
  }
}

TEST(Trial, LossStaysBetweenNothingAndAll) {
  EXPECT_EQ(judge(kPlan, report(2000, 0), {}).loss(), 1);
  const TrialResult more = judge(kPlan, report(2000, 2100), {});
  EXPECT_EQ(more.loss(), 0);
  EXPECT_NE(more.void_reason, "") << "more came than was sent: the counts are wrong";
  EXPECT_EQ(judge(kPlan, report(0, 0), {}).loss(), 1);
  EXPECT_EQ(judge(kPlan, json::object(), {}).loss(), 1);
  EXPECT_NE(judge(kPlan, json::object(), {}).void_reason, "");
}

TEST(Trial, SendingThatTookTooLongVoids) {
  EXPECT_EQ(judge(kPlan, report(2000, 2000, 2.004), {}).void_reason, "");
  EXPECT_NE(judge(kPlan, report(2000, 2000, 2.1), {}).void_reason, "");
}

TEST(Trial, WhatCutItShortVoids) {
  json cut = report(2000, 2000);
  cut["partial"] = "port failed: the link went down";
  EXPECT_EQ(judge(kPlan, cut, {}).void_reason, "sending was cut short: port failed: the link went down");
  json deaf = report(2000, 1000);
  deaf["rx"]["fault"] = "no carrier";
  EXPECT_EQ(judge(kPlan, deaf, {}).void_reason, "receiving was cut short: port failed: no carrier");
  json full = report(2000, 1990);
  full["rx"]["ring_drops"] = 10;
  EXPECT_EQ(judge(kPlan, full, {}).losses.receiver, 10u);
  EXPECT_TRUE(judge(kPlan, full, {}).doubtful);
  EXPECT_NE(judge(kPlan, full, {}).void_reason, "");
}

// What is asked of the device itself beside the stream is none of it, and its answers are no ICMP errors.
TEST(Trial, ManagementQueriesAreNoFramesOfTheStream) {
  const PortDeltas ports{.device_in = 2003,
                         .device_out = 1990,
                         .tester_in = 1990,
                         .answers = 3,
                         .flooded = {},
                         .queries = {3, 2}};
  const TrialResult r = judge(kPlan, report(2000, 1990), ports);
  EXPECT_EQ(r.losses.device, 10u);
  EXPECT_EQ(r.losses.wire, 0u);
  EXPECT_EQ(r.answers, 1u) << "one that is no answer to a query";
  const PortDeltas back{.device_in = {},
                        .device_out = {},
                        .tester_in = {},
                        .answers = {},
                        .flooded = {},
                        .queries = {},
                        .not_the_streams = 2};
  json with_answers = report(2000, 1990);
  with_answers["rx"]["foreign"] = 3;
  EXPECT_EQ(judge(kPlan, with_answers, back).foreign, 1u) << "two are answers";
  EXPECT_EQ(trial_from_json(to_json(r))->queries.asked, 3u);
  EXPECT_EQ(trial_from_json(to_json(r))->queries.answered, 2u);
}

json late(json of, std::uint64_t frames, std::uint64_t late_ns, double on_time = 0.9) {
  HdrHistogram h;
  h.record_n(10, of["sent"].get<std::uint64_t>() - frames);
  h.record_n(late_ns, frames);
  of["audit"] = {{"late_histogram", encode_base64(h)}, {"within_512_ns", on_time}};
  return of;
}

// 30 frames left at once behind an interruption: what a device lost of no more than them says nothing of it.
TEST(Trial, ADisturbedSenderMayHaveLostThem) {
  const auto voided = [](const TrialPlan& plan, const json& j) {
    return judge(plan, j, {}).void_reason != "";
  };
  EXPECT_EQ(judge(kPlan, late(report(2000, 1990), 30, 3'000'000), {}).disturbed, 30u);
  EXPECT_TRUE(voided(kPlan, late(report(2000, 1990), 30, 3'000'000)));
  EXPECT_TRUE(voided(kPlan, late(report(2000, 1970), 30, 3'000'000)));
  EXPECT_FALSE(voided(kPlan, late(report(2000, 1969), 30, 3'000'000))) << "it lost more than them";
  EXPECT_FALSE(voided(kPlan, late(report(2000, 2000), 30, 3'000'000))) << "it stood even that";
  EXPECT_FALSE(voided(kPlan, late(report(2000, 1990), 30, 900'000)));
  EXPECT_FALSE(voided(kPlan, late(report(1990, 1990), 1800, 3'000'000, 0.01)))
      << "a sender that is too slow is its own limit";
  EXPECT_TRUE(voided(kPlan, late(report(1990, 1990), 0, 10))) << "cut off at its end";
  TrialPlan half_a_percent = kPlan;
  half_a_percent.tolerated_loss = 0.005;
  EXPECT_FALSE(voided(half_a_percent, late(report(2000, 1990), 30, 3'000'000)));
  const TrialResult r = judge(kPlan, late(report(2000, 1990), 30, 3'000'000), {});
  EXPECT_TRUE(r.doubtful);
  EXPECT_TRUE(trial_from_json(to_json(r))->doubtful);
  EXPECT_EQ(trial_from_json(to_json(r))->disturbed, 30u);
  const TrialResult wrong = judge(kPlan, report(2000, 2100), {});
  EXPECT_FALSE(wrong.doubtful);
  for (const TrialResult& both : {merge(r, wrong), merge(wrong, r)}) {
    EXPECT_FALSE(both.doubtful) << "it is void besides";
    EXPECT_EQ(both.void_reason, wrong.void_reason);
  }
  EXPECT_EQ(merge(r, r).disturbed, 60u);
}

TEST(Trial, CountersSayWhereItWasLost) {
  PortDeltas ports{.device_in = 1995, .device_out = 1895, .tester_in = 1893, .answers = 7, .flooded = {}};
  const TrialResult r = judge(kPlan, report(2000, 1893), ports);
  EXPECT_EQ(r.lost, 107u);
  EXPECT_EQ(r.losses.device, 100u);
  EXPECT_EQ(r.losses.wire, 7u);
  EXPECT_EQ(r.answers, 7u);
  EXPECT_EQ(r.remarks, std::vector<std::string>{"7 frames came back to the sender"});
  ports.device_out = 1990;  // somebody else's frames passed too: never more than what is missing
  EXPECT_LE(*judge(kPlan, report(2000, 1999), ports).losses.device, 1u);
}

TEST(Trial, DuplicatesAndReorderingAreNamedAndNoNegativeLoss) {
  json twice = report(2000, 2000);
  twice["rx"]["duplicates"] = 2000;
  twice["rx"]["reordered"] = 3;
  const TrialResult r = judge(kPlan, twice, {});
  EXPECT_EQ(r.lost, 0u);
  EXPECT_EQ(r.void_reason, "");
  ASSERT_EQ(r.remarks.size(), 2u);
  EXPECT_EQ(r.remarks[0], "2000 frames came more than once");
}

TEST(Trial, BothWaysAddUp) {
  const TrialResult r = merge(judge(kPlan, report(2000, 1990), {}), judge(kPlan, report(1900, 1900), {}));
  EXPECT_EQ(r.offered, 4000u);
  EXPECT_EQ(r.lost, 110u);
  EXPECT_EQ(r.losses.unsent, 100u);
}

TEST(Trial, WhatTheEndOfTheStreamLostIsKept) {
  json away = report(2000, 1500);
  away["rx"]["missing_at_end"] = 500;
  const TrialResult r = judge(kPlan, away, {});
  EXPECT_EQ(r.missing_at_end, 500u);
  EXPECT_EQ(trial_from_json(to_json(r))->missing_at_end, 500u);
  EXPECT_EQ(merge(r, r).missing_at_end, 1000u);
}

TEST(Trial, TheLogGivesBackWhatItWasGiven) {
  const auto file = std::filesystem::temp_directory_path() / ("device-trials-" + std::to_string(getpid()));
  PortDeltas ports;
  ports.device_in = 2000;
  ports.device_out = ports.tester_in = 1990;
  const TrialResult one = judge(kPlan, report(2000, 1990), ports);
  {
    auto log = TrialLog::open(file, false);
    ASSERT_TRUE(log);
    ASSERT_TRUE(log->add("a", one));
    ASSERT_TRUE(log->add("b", judge(kPlan, report(2000, 2000), {})));
    ASSERT_TRUE(log->add("a", judge(kPlan, report(2000, 1980), {})));
  }
  std::ofstream(file, std::ios::app) << R"({"name":"a","trial":{"offer)";  // the machine went down
  auto again = TrialLog::open(file, true);
  ASSERT_TRUE(again);
  const auto first = again->take("a");
  ASSERT_TRUE(first);
  EXPECT_EQ(to_json(*first), to_json(one));
  EXPECT_EQ(again->take("a")->lost, 20u);
  EXPECT_FALSE(again->take("a"));
  EXPECT_FALSE(again->take("c"));
  std::filesystem::remove(file);
}

TEST(Trial, BroadcastFramesCountNowhere) {
  json with = report(2000, 1980);
  with["profile"]["flows"] = {{{"flow", 1}, {"sent", 1980}, {"probes", 1980}},
                              {{"flow", 99}, {"sent", 20}, {"probes", 0}}};
  const TrialResult r = judge(kPlan, with, {});
  EXPECT_EQ(r.offered, 1980u);
  EXPECT_EQ(r.lost, 0u);
  EXPECT_EQ(r.void_reason, "");
}

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

TEST(Trial, AFloodIsNamed) {
  PortDeltas ports;
  ports.flooded = 2000;
  const TrialResult r = judge(kPlan, report(2000, 2000), ports);
  EXPECT_EQ(r.lost, 0u);
  EXPECT_EQ(r.remarks, std::vector<std::string>{"2000 frames came out at a third port: the device floods"});
  EXPECT_EQ(trial_from_json(to_json(r))->flooded, 2000u);
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
  const auto by_xdp = [](DeviceConfig& c) { c.dut = "", c.ports = {"xdp:a", "af_packet:b"}; };
  EXPECT_FALSE(refused(by_xdp));
  EXPECT_TRUE(refused([&](DeviceConfig& c) { by_xdp(c), c.sizes = {"imix"}; })) << "one fixed frame";
  EXPECT_TRUE(refused([](DeviceConfig& c) { c.modifiers = {"none", "2-filters"}; }));
  EXPECT_FALSE(refused([](DeviceConfig& c) {
    c.modifiers = {"none", "1-filter", "25-filters", "management"};
  }));
  EXPECT_TRUE(refused([](DeviceConfig& c) { c.modifiers = {"management"}, c.backend = "dpdk"; }));
  EXPECT_TRUE(refused([](DeviceConfig& c) {
    c.modifiers = {"25-filters"}, c.dut = "", c.ports = {"af_packet:a", "af_packet:b"};
  })) << "filters are put into what is built";
  EXPECT_TRUE(refused([](DeviceConfig& c) {
    c.tests = {"congestion"}, c.dut = "", c.routes = 5000;
    c.ports = {"af_packet:a", "af_packet:b", "af_packet:c", "af_packet:d"};
  }));
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
