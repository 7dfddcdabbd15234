// "hopcost device" on real packets: against a token bucket behind a forwarding namespace, whose every figure
// is known (rate mu, buffer B), and against devices that do more than lose.
#include <chrono>
#include <cmath>

#include "device_fixture.h"

namespace hopcost::campaign {
namespace {

// tc tbf with rate 37 Mbit/s counts 508 bytes of a frame of 512; it holds limit and burst together.
constexpr double kMu = 37e6 / 8 / 508, kBuffer = (65'536 + 16'384) / 508;

class Device : public Run {
 protected:
  static void SetUpTestSuite() {
    if (!why_not_root().empty()) return;
    come_first();
    const Outcome up = run_shell("$NSGLUE_BIN --instance dev up $HOPCOST_TOPOLOGIES/device/router.toml");
    ASSERT_EQ(up.code, 0) << up.err;
  }
  static void TearDownTestSuite() { (void)run_shell("$NSGLUE_BIN down dev"); }
  /// The device is one for all tests, and as new for each.
  void SetUp() override {
    Run::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(in_device(
        "for d in d0 d1; do tc qdisc del dev $d root; tc qdisc del dev $d clsact; ip link set $d up; "
        "done 2>/dev/null; ip route flush type blackhole; sysctl -qw net.ipv4.ip_forward=1 && "
        "ip neigh replace 198.18.1.2 lladdr 02:68:63:00:00:01 dev d0 nud permanent && "
        "ip neigh replace 198.19.1.2 lladdr 02:68:63:00:01:02 dev d1 nud permanent && "
        "ip route replace 198.19.64.0/18 via 198.19.1.2"));
  }
  /// A shell in the device; true when it went well.
  static bool in_device(const std::string& words) {
    return run_shell("ip netns exec hc-dev-router sh -c '" + words + "'").code == 0;
  }
  static bool shape() {
    return in_device("tc qdisc replace dev d1 root tbf rate 37mbit burst 16k limit 64k");
  }

  std::vector<std::string> words(const std::string& test, std::vector<std::string> more) const {
    std::vector<std::string> all = {"device",    test,
                                    "--port",    "af_packet:t0@hc-dev-tester",
                                    "--port",    "af_packet:t1@hc-dev-far",
                                    "--dst-mac", "02:68:63:00:00:02",
                                    "--quick",   "--quiet",
                                    "--json",    "--size",
                                    "512",       "--linger",
                                    "150ms",     "--pause",
                                    "60ms",      "--out",
                                    folder_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  json judged(const std::string& test, const std::vector<std::string>& more) const {
    return campaign::judged(words(test, more));
  }
};

TEST_F(Device, ThroughputOfATokenBucket) {
  ASSERT_TRUE(shape());
  const double trial_s = 1, truth = kMu + kBuffer / trial_s;
  const json t = judged("throughput", {"--trial", "1s", "--max-rate", "12kpps", "--width", "0.005"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  EXPECT_EQ(t["test"], "throughput");
  EXPECT_EQ(t["size"], 512);
  ASSERT_TRUE(t["throughput_fps"].is_number()) << t;
  EXPECT_NEAR(t["throughput_fps"].get<double>(), truth, 0.01 * truth) << t;
  EXPECT_EQ(t["irregular"], "");
  EXPECT_GT(t["lost_at"]["lost"], 0);
  EXPECT_EQ(t["mlr"][0]["goal"], "rfc2544");
  EXPECT_LE(t["mlr"][0]["relevant_upper_fps"].get<double>() * 0.995,
            t["throughput_fps"].get<double>() + 1e-6);
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

TEST_F(Device, LatencyAndWhatIsStampedOnEveryFrame) {
  const json t = judged("latency", {"--rate", "1000", "--trial", "500ms", "--repeats", "2"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  EXPECT_EQ(t["latency_ns"]["median"]["n"], 2);
  EXPECT_NEAR(t["frames"].get<double>() + t["lost"].get<double>(), 1000, 4);
  EXPECT_GE(t["latency_ns"]["p99_9"]["median"].get<double>(),
            t["latency_ns"]["median"]["median"].get<double>());
  EXPECT_GT(t["latency_ns"]["min"]["min"].get<double>(), 0);
}

// RFC 6201: the frames lost at a known rate, and the time between two arrivals, tell the same.
TEST_F(Device, ResetByBothMethods) {
  const std::string reset =
      "ip -n hc-dev-router route add blackhole 198.19.64.0/19; sleep 0.3; ip -n hc-dev-router route del "
      "blackhole "
      "198.19.64.0/19";
  const json t =
      judged("reset", {"--rate", "2000", "--trial", "1s", "--repeats", "1", "--reset-command", reset});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  const double by_loss = t["reset_s"]["frame_loss"]["mean"].get<double>();
  const double by_stamps = t["reset_s"]["timestamp"]["mean"].get<double>();
  EXPECT_GT(by_loss, 0.25) << t;
  EXPECT_NEAR(by_loss, by_stamps, 0.1 * by_loss + 2e-3);
}

TEST_F(Device, ADeviceThatStaysAwayHasNoResetTime) {
  const std::string gone = "ip -n hc-dev-router route add blackhole 198.19.64.0/19";
  const Outcome o = run_program(
      words("reset", {"--rate", "2000", "--trial", "500ms", "--repeats", "1", "--reset-command", gone}));
  const json j = json::parse(o.out, nullptr, false);
  ASSERT_TRUE(j.is_object()) << o.out << o.err;
  const json& t = j["tests"][0];
  EXPECT_EQ(o.code, kUnfit);
  EXPECT_NE(t["irregular"].get<std::string>().find("was not back"), std::string::npos) << t;
  EXPECT_TRUE(t["reset_s"]["frame_loss"].is_null()) << t;
  EXPECT_TRUE(t["reset_s"]["timestamp"].is_null()) << t;
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

TEST_F(Device, ALateErrorLeavesWhatWasMeasured) {
  const Outcome o =
      run_program(words("latency,reset,loss", {"--rate", "1000", "--max-rate", "1kpps", "--trial", "300ms",
                                               "--repeats", "1", "--reset-command", "exit 3"}));
  const json j = json::parse(o.out, nullptr, false);
  ASSERT_TRUE(j.is_object()) << o.out << o.err;
  EXPECT_EQ(o.code, kUnfit);
  ASSERT_EQ(j["tests"].size(), 3u);
  EXPECT_EQ(j["tests"][0]["latency_ns"]["median"]["n"], 1);
  EXPECT_NE(j["tests"][1]["irregular"].get<std::string>().find("exit status 3"), std::string::npos);
  EXPECT_GE(j["tests"][2]["loss_curve"].size(), 2u) << "its generators are others: " << j["tests"][2];
}

TEST_F(Device, AStopEndsAResetCommandThatHangs) {
  const auto all =
      words("latency,reset", {"--rate", "1000", "--max-rate", "1kpps", "--trial", "500ms", "--repeats", "1",
                              "--reset-command", "touch " + folder_ + "/hangs; sleep 60"});
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(run_program_until(
                all, [&] { return fs::exists(folder_ + "/hangs"); }, SIGTERM)
                .code,
            kPartial);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30));
  EXPECT_EQ(result()["tests"][0]["test"], "latency");
}

TEST_F(Device, LatencyOfAStreamThatLosesIsNoResult) {
  const Outcome o = run_program(
      words("latency", {"--rate", "1000", "--max-rate", "1kpps", "--trial", "300ms", "--repeats", "1",
                        "--profile", "eth/ipv4(src=198.18.1.2,dst=198.19.64.1,ttl=1|64)/udp size=512"}));
  const json j = json::parse(o.out, nullptr, false);
  ASSERT_TRUE(j.is_object()) << o.out << o.err;
  EXPECT_EQ(o.code, kUnfit);
  EXPECT_NE(j["tests"][0]["irregular"].get<std::string>().find("lost"), std::string::npos) << j["tests"][0];
  EXPECT_FALSE(j["tests"][0]["remarks"].empty()) << "the device answered with ICMP";
}

TEST_F(Device, WhatIsNotForwardedIsSaidAtOnce) {
  ASSERT_TRUE(in_device("sysctl -qw net.ipv4.ip_forward=0"));
  const Outcome o = run_program(words("throughput", {}));
  EXPECT_EQ(o.code, 1);
  EXPECT_NE(o.err.find("nothing comes through"), std::string::npos) << o.err;
}

TEST_F(Device, ADeviceThatDropsItsLinkIsNamed) {
  const std::string cut =
      "ip -n hc-dev-router link set d0 down; sleep 0.1; ip -n hc-dev-router link set d0 up";
  const Outcome o = run_program(
      words("reset", {"--rate", "2000", "--trial", "400ms", "--repeats", "1", "--reset-command", cut}));
  const json j = json::parse(o.out, nullptr, false);
  ASSERT_TRUE(j.is_object()) << o.out << o.err;
  EXPECT_EQ(o.code, kUnfit);
  EXPECT_NE(j["tests"][0]["irregular"].get<std::string>().find("cut short"), std::string::npos)
      << j["tests"][0];
}

TEST_F(Device, ADeviceThatDropsItsFarLinkIsNotChargedWithTheLoss) {
  const std::string cut =
      "ip -n hc-dev-router link set d1 down; sleep 0.1; ip -n hc-dev-router link set d1 up";
  const Outcome o = run_program(
      words("reset", {"--rate", "2000", "--trial", "400ms", "--repeats", "1", "--reset-command", cut}));
  const json j = json::parse(o.out, nullptr, false);
  ASSERT_TRUE(j.is_object()) << o.out << o.err;
  EXPECT_EQ(o.code, kUnfit);
  EXPECT_NE(j["tests"][0]["irregular"].get<std::string>().find("receiving was cut short"), std::string::npos)
      << j["tests"][0];
}

// A hop limit of the test frames that ends in the device: it answers each with ICMP.
TEST_F(Device, AnswersAreNamed) {
  const Outcome o =
      run_program(words("loss", {"--rate", "1000", "--max-rate", "500", "--trial", "120ms", "--profile",
                                 "eth/ipv4(src=198.18.1.2,dst=198.19.64.1,ttl=1|64)/udp size=128"}));
  const json j = json::parse(o.out, nullptr, false);
  ASSERT_TRUE(j.is_object()) << o.out << o.err;
  const json& t = j["tests"][0];
  EXPECT_NEAR(t["loss_curve"][0]["loss_percent"].get<double>(), 50, 1) << t;
  std::uint64_t answers = 0;  // a kernel answers now and then alone
  for (const json& p : t["loss_curve"]) answers += p["answers"].get<std::uint64_t>();
  EXPECT_GT(answers, 0u);
  EXPECT_TRUE(t["tester_limit_fps"].is_null()) << "nothing goes into the device faster than --max-rate";
  EXPECT_NE(t["remarks"].dump().find("came back to the sender"), std::string::npos) << t["remarks"];
}

// A second copy of each frame goes out where the first does.
TEST_F(Device, CopiesAreNamedAndAreNoLoss) {
  ASSERT_TRUE(
      in_device("tc qdisc add dev d0 clsact && tc filter add dev d0 ingress protocol ip u32 match u32 0 0 "
                "action mirred egress "
                "mirror dev d1"));
  const json t = judged("loss", {"--max-rate", "1kpps", "--trial", "300ms"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  const json& p = t["loss_curve"][0];
  EXPECT_EQ(p["lost"], p["lost_at"]["unsent"]);
  EXPECT_EQ(p["duplicates"], p["received"]);
  ASSERT_FALSE(t["remarks"].empty());
  EXPECT_NE(t["remarks"].dump().find("came more than once"), std::string::npos) << t["remarks"];
}

// Every second address takes a slower way through the device.
TEST_F(Device, AnotherOrderIsNamed) {
  ASSERT_TRUE(in_device(
      "tc qdisc add dev d1 root handle 1: htb default 1 && tc class add dev d1 parent 1: classid 1:1 htb "
      "rate 1gbit && tc class add dev d1 parent 1: classid 1:2 htb rate 3mbit burst 600 cburst 600 && tc "
      "filter "
      "add dev d1 parent 1: protocol ip u32 match u32 0x1 0x1 at 16 flowid 1:2"));
  const json t = judged("loss", {"--max-rate", "1500", "--trial", "300ms"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  EXPECT_GT(t["loss_curve"][0]["reordered"], 0) << t;
  EXPECT_LE(t["loss_curve"][0]["loss_percent"].get<double>(), 100);
  EXPECT_NE(t["remarks"].dump().find("came behind a later one"), std::string::npos) << t;
}

// A device that sends of its own accord, more than the test does.
TEST_F(Device, FramesThatAreNotTheTestsAreNamed) {
  const Outcome flood = run_shell(
      "$PKTGEN_BIN --port af_packet:d1@hc-dev-router --dst-mac 02:68:63:00:01:02 --flow 77 --rate 5kpps "
      "--duration 20s "
      "--quiet >/dev/null 2>&1 & echo $!");
  const json t = judged("loss", {"--max-rate", "1kpps", "--trial", "300ms"});
  (void)run_shell("kill " + flood.out);
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  EXPECT_GT(t["loss_curve"][0]["foreign"], 300) << t;
  EXPECT_EQ(t["loss_curve"][0]["received"], t["loss_curve"][0]["sent"]) << "theirs are none of ours";
  EXPECT_NE(t["remarks"].dump().find("none of the test's"), std::string::npos) << t;
}

// RFC 2544 section 11.1: what goes to everybody is not forwarded, and is no loss.
TEST_F(Device, BroadcastFramesAreNoLoss) {
  const json t = judged("loss", {"--max-rate", "1kpps", "--trial", "400ms", "--broadcast"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  const json& p = t["loss_curve"][0];
  EXPECT_NEAR(p["offered"].get<double>(), 396, 1) << p;
  EXPECT_EQ(p["received"], p["sent"]) << p;
}

// RFC 2889 section 5.3: a device that serves mu a second forwards that much, however much comes.
TEST_F(Device, ForwardingRatesOfATokenBucket) {
  ASSERT_TRUE(shape());
  const json t = judged("forwarding",
                        {"--trial", "500ms", "--max-rate", "14kpps", "--rate", "9100", "--loss-step", "0.1"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  const double most = kMu + kBuffer / 0.5;
  EXPECT_EQ(t["forwarding"].size(), 5u) << t;
  EXPECT_NEAR(t["forwarding_at_most_load_fps"].get<double>(), most, 0.02 * most) << t;
  EXPECT_NEAR(t["most_forwarded_fps"].get<double>(), most, 0.02 * most) << t;
}

// RFC 2889 section 5.5: two inputs, two outputs, one of them offered half as much again as it carries.
TEST_F(Device, CongestionLosesAThirdAndBlocksNobody) {
  const std::string made =
      "ip netns add hc-c-in && ip netns add hc-c-out && "
      "ip -n hc-dev-router link add d2 type veth peer name t2 netns hc-c-in && "
      "ip -n hc-dev-router link add d3 type veth peer name t3 netns hc-c-out && "
      "ip -n hc-dev-router addr add 198.18.2.1/24 dev d2 && ip -n hc-dev-router addr add 198.19.2.1/24 dev "
      "d3 && "
      "ip -n hc-dev-router link set d2 up && ip -n hc-dev-router link set d3 up && "
      "ip -n hc-c-in link set t2 up && ip -n hc-c-out link set t3 up && "
      "ip -n hc-dev-router link set d2 address 02:68:63:00:02:01 && "
      "ip -n hc-dev-router neigh add 198.19.2.2 lladdr 02:68:63:00:03:02 dev d3 && "
      "ip -n hc-dev-router route add 198.19.128.0/24 via 198.19.2.2";
  const Outcome up = run_shell(made);
  EXPECT_EQ(up.code, 0) << up.err;
  ASSERT_TRUE(shape() && in_device("tc qdisc replace dev d3 root tbf rate 37mbit burst 16k limit 64k"));
  const double trial_s = 1, offered = 1.5 * kMu * trial_s;
  const double expected = 100 * (offered - kMu * trial_s - kBuffer) / offered;
  const std::vector<std::string> all = {"device",
                                        "congestion",
                                        "--port",
                                        "af_packet:t0@hc-dev-tester",
                                        "--port",
                                        "af_packet:t2@hc-c-in",
                                        "--port",
                                        "af_packet:t1@hc-dev-far",
                                        "--port",
                                        "af_packet:t3@hc-c-out",
                                        "--dst-mac",
                                        "02:68:63:00:00:02,02:68:63:00:02:01",
                                        "--quick",
                                        "--quiet",
                                        "--json",
                                        "--size",
                                        "512",
                                        "--trial",
                                        "1s",
                                        "--rate",
                                        std::to_string(kMu),
                                        "--out",
                                        folder_};
  const json t = campaign::judged(all);
  (void)run_shell("ip netns del hc-c-in; ip netns del hc-c-out");
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  ASSERT_TRUE(t["congested_loss_percent"].is_number()) << t;
  EXPECT_NEAR(t["congested_loss_percent"].get<double>(), expected, 0.01 * expected) << t;
  EXPECT_EQ(t["uncongested"]["lost"], 0);
  EXPECT_EQ(t["head_of_line_blocking"], false);
  EXPECT_EQ(t["back_pressure"], false);
}

TEST_F(Device, AStoppedRunGoesOnWhereItWas) {
  const std::vector<std::string> more = {"--trial", "500ms", "--max-rate", "4kpps", "--loss-step", "0.05"};
  const auto lines = [&] {
    std::ifstream in(folder_ + "/trials.jsonl");
    return std::count(std::istreambuf_iterator<char>(in), {}, '\n');
  };
  const Outcome cut = run_program_until(
      words("loss", more), [&] { return lines() >= 3; }, SIGTERM);
  EXPECT_EQ(cut.code, kPartial) << cut.err;
  const auto before = lines();
  EXPECT_GT(before, 0);
  auto again = more;
  again.push_back("--resume");
  const Outcome o = run_program(words("loss", again));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_GE(result()["tests"][0]["loss_curve"].size(), 2u);
  EXPECT_EQ(result()["trials"], lines());
  EXPECT_EQ(result()["tests"][0]["tester_limit_from"], "port to port") << "as it was at first";
  EXPECT_GT(lines(), before - 1);
  again.insert(again.end(), {"--seed", "9"});
  EXPECT_EQ(run_program(words("loss", again)).code, 2) << "another seed asks another question";
}

}  // namespace
}  // namespace hopcost::campaign
