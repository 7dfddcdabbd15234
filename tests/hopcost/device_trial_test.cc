// What counts as a trial of a device, and what is lost where: arithmetic alone.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

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

TEST(Trial, WaysThatBeganApartDoNotCount) {
  const auto began = [](std::uint64_t ns) {
    json j = report(2000, 2000);
    j["began_ns"] = 1'795'000'000'000'000'000u + ns;
    return judge(kPlan, j, {});
  };
  // A stream of 2 s may take 4 ms longer than planned; so far apart may its ways begin.
  EXPECT_EQ(together(kPlan, {began(3'900'000), began(0)}).void_reason, "");
  EXPECT_EQ(together(kPlan, {began(0), judge(kPlan, report(2000, 2000), {})}).void_reason, "") << "not known";
  const TrialResult apart = together(kPlan, {began(0), began(2'000'000), began(4'100'000)});
  EXPECT_EQ(apart.void_reason, "the ways began 4.1 ms apart");
  EXPECT_FALSE(apart.doubtful);
  EXPECT_DOUBLE_EQ(trial_from_json(to_json(apart))->apart_s(), 0.0041);
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

TEST(Trial, AFloodIsNamed) {
  PortDeltas ports;
  ports.flooded = 2000;
  const TrialResult r = judge(kPlan, report(2000, 2000), ports);
  EXPECT_EQ(r.lost, 0u);
  EXPECT_EQ(r.remarks, std::vector<std::string>{"2000 frames came out at a third port: the device floods"});
  EXPECT_EQ(trial_from_json(to_json(r))->flooded, 2000u);
}

}  // namespace
}  // namespace hopcost::campaign
