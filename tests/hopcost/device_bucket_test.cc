// "hopcost device" on real packets against a token bucket behind a forwarding namespace, whose every figure
// is known: rate mu, buffer B.
#include <algorithm>
#include <cmath>

#include "device_fixture.h"

namespace hopcost::campaign {
namespace {

// What lost nothing holds whatever else the machine did: no search may end above the formula. What a search
// says to be lost may be a busy machine's doing: the best of several comes up to the formula.
TEST_F(Device, ThroughputOfATokenBucket) {
  ASSERT_TRUE(shape());
  const double trial_s = 1, truth = kMu + kBuffer / trial_s;
  double best = 0;
  for (int i = 0; i < 5 && best < 0.99 * truth; ++i) {
    const Outcome o = run_program(words(
        "throughput", {"--trial", "1s", "--max-rate", "12kpps", "--width", "0.005", "--searches", "2"}));
    const json j = json::parse(o.out, nullptr, false);
    ASSERT_TRUE(j.is_object() && j["tests"].size() == 1) << o.out << o.err;
    const json& t = j["tests"][0];
    EXPECT_EQ(t["test"], "throughput");
    EXPECT_EQ(t["size"], 512);
    EXPECT_EQ(t["mlr"][0]["goal"], "rfc2544");
    std::cerr << t["throughput_searches"] << " " << t["irregular"] << "\n";
    if (!t["throughput_searches"].is_object()) continue;  // each trial was disturbed, as it says itself
    best = std::max(best, t["throughput_searches"]["max"].get<double>());
    EXPECT_LE(best, 1.01 * truth) << t;
    if (t["irregular"] != "") continue;
    EXPECT_GT(t["lost_at"]["lost"], 0);
    EXPECT_LE(t["mlr"][0]["relevant_upper_fps"].get<double>() * 0.995,
              t["throughput_fps"].get<double>() + 1e-6);
    EXPECT_LE(t["throughput_interval_fps"][0].get<double>(), t["throughput_fps"].get<double>());
    EXPECT_GE(t["throughput_interval_fps"][1].get<double>(), t["mlr"][0]["relevant_upper_fps"].get<double>());
  }
  EXPECT_GE(best, 0.99 * truth);
  for (const char* file : {"/result.json", "/result.csv", "/report.html", "/trials.jsonl"})
    EXPECT_TRUE(fs::exists(folder_ + file)) << file;
}

// What left late came at once: the device may have lost up to so many frames more.
TEST_F(Device, LossCurveOfATokenBucket) {
  ASSERT_TRUE(shape());
  const double trial_s = 0.5;
  const json t = judged("loss", {"--trial", "500ms", "--max-rate", "14kpps"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  ASSERT_GE(t["loss_curve"].size(), 5u);
  for (const json& p : t["loss_curve"]) {
    const double load = p["load_fps"].get<double>();
    const double expected = std::max(0.0, (load - kMu) * trial_s - kBuffer);
    EXPECT_NEAR(p["lost"].get<double>(), expected, 0.003 * load * trial_s + p["disturbed"].get<double>())
        << p;
  }
  EXPECT_EQ(t["loss_curve"].back()["lost"], 0);
}

// The longest burst at line rate lambda is B / (1 - mu / lambda), and RFC 9004 corrects it to B.
TEST_F(Device, BurstsOfATokenBucket) {
  ASSERT_TRUE(shape());
  const double lambda = 20'000, burst = kBuffer / (1 - kMu / lambda);
  const json t = judged("back-to-back", {"--max-rate", "20kpps", "--rate", std::to_string(kMu), "--repeats",
                                         "1", "--longest-burst", "200ms"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  ASSERT_TRUE(t["back_to_back_frames"].is_object()) << t;
  EXPECT_NEAR(t["back_to_back_frames"]["mean"].get<double>(), burst, 0.02 * burst) << t;
  EXPECT_NEAR(t["corrected_buffer_s"].get<double>() * lambda, kBuffer, 0.02 * kBuffer);
  EXPECT_EQ(t["searches"], 1);
}

TEST_F(Device, RecoveryOfATokenBucketIsImmediate) {
  ASSERT_TRUE(shape());
  const json t =
      judged("recovery", {"--trial", "600ms", "--rate", "9200", "--max-rate", "20kpps", "--repeats", "1"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  ASSERT_TRUE(t["recovery_s"].is_number()) << t;
  EXPECT_LT(t["recovery_s"].get<double>(), 0.02) << "not as long as its buffer takes to empty";
  EXPECT_GT(t["lost"], 0);
}

// It hangs as soon as the overload makes it drop.
TEST_F(Device, ADeviceThatHangsUnderOverloadHasNoRecoveryTime) {
  ASSERT_TRUE(shape());
  const Outcome watch = run_shell(
      "(for i in $(seq 1000); do ip netns exec hc-dev-router tc -s qdisc show dev d1 | grep -q 'dropped "
      "[1-9]' && ip -n hc-dev-router route add blackhole 198.19.64.0/19 && exit; sleep 0.02; done) "
      ">/dev/null 2>&1 &");
  ASSERT_EQ(watch.code, 0);
  const Outcome o = run_program(
      words("recovery", {"--trial", "1s", "--rate", "9200", "--max-rate", "20kpps", "--repeats", "1"}));
  const json j = json::parse(o.out, nullptr, false);
  ASSERT_TRUE(j.is_object()) << o.out << o.err;
  const json& t = j["tests"][0];
  EXPECT_EQ(o.code, kUnfit);
  EXPECT_NE(t["irregular"].get<std::string>().find("was not back"), std::string::npos) << t;
  EXPECT_TRUE(t["recovery_s"].is_null()) << t;
}

// RFC 2889 section 5.3: a device that serves mu a second forwards that much, however much comes: never more,
// and less only where the sender stalled and left it idle, which is what the trial says was disturbed. The
// best of several comes up to the formula.
TEST_F(Device, ForwardingRatesOfATokenBucket) {
  ASSERT_TRUE(shape());
  const double trial_s = 0.5, most = kMu + kBuffer / trial_s;
  double at_most_load = 0, highest = 0;
  for (int i = 0; i < 4 && std::min(at_most_load, highest) < 0.99 * most; ++i) {
    const json t = judged(
        "forwarding", {"--trial", "500ms", "--max-rate", "14kpps", "--rate", "9100", "--loss-step", "0.1"});
    if (t.is_null()) continue;
    EXPECT_EQ(t["forwarding"].size(), 5u) << t;
    EXPECT_LE(t["forwarding_at_most_load_fps"].get<double>(), 1.01 * most) << t;
    EXPECT_LE(t["most_forwarded_fps"].get<double>(), 1.01 * most) << t;
    const auto with_idle = [&](const char* figure, const json& trial) {
      return t[figure].get<double>() + trial["disturbed"].get<double>() / trial_s;
    };
    at_most_load = std::max(at_most_load, with_idle("forwarding_at_most_load_fps", t["forwarding"].back()));
    const auto at = std::ranges::find(t["forwarding"], t["most_forwarded_load_fps"],
                                      [](const json& p) { return p["load_fps"]; });
    ASSERT_NE(at, t["forwarding"].end()) << t;
    highest = std::max(highest, with_idle("most_forwarded_fps", *at));
  }
  EXPECT_GE(at_most_load, 0.98 * most);
  EXPECT_GE(highest, 0.98 * most);
}

// RFC 2889 section 5.5: two inputs, two outputs, one of them offered half as much again as it carries. It
// loses as much as the formula says. Where a sender stalled it loses less, or more, when the bucket was full
// meanwhile and the backlog came all at once: never more than the frames that left late.
TEST_F(Device, CongestionLosesAThirdAndBlocksNobody) {
  const FurtherPorts ports;
  ASSERT_TRUE(ports.made());
  ASSERT_TRUE(shape() && in_device("tc qdisc replace dev d3 root tbf rate 37mbit burst 16k limit 64k"));
  const double trial_s = 1, offered = 1.5 * kMu * trial_s;
  const double expected = 100 * (offered - kMu * trial_s - kBuffer) / offered;
  const std::vector<std::string> all =
      between_four_ports("congestion", {"--trial", "1s", "--rate", std::to_string(kMu)});
  double most = 0;
  for (int i = 0; i < 4 && most < 0.98 * expected; ++i) {
    const json t = campaign::judged(all);
    if (t.is_null() || !t["congested_loss_percent"].is_number()) continue;
    const double late = 100 * t["disturbed"].get<double>() / t["congested"]["sent"].get<double>();
    EXPECT_LE(t["congested_loss_percent"].get<double>(), 1.01 * expected + late) << t;
    EXPECT_EQ(t["uncongested"]["lost"], 0);
    EXPECT_EQ(t["head_of_line_blocking"], false);
    EXPECT_EQ(t["back_pressure"], false);
    most = std::max(most, t["congested_loss_percent"].get<double>());
  }
  EXPECT_GE(most, 0.95 * expected);
}

}  // namespace
}  // namespace hopcost::campaign
