// "hopcost device" on real packets, against devices that do more than lose.
#include <chrono>

#include "device_fixture.h"

namespace hopcost::campaign {
namespace {

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

// Ten steps up to 1000 a second in 0.4 s are 220 frames, before each trial; they are in no count.
TEST_F(Device, ARampIsSentAndCountsNowhere) {
  const auto entered = [] {
    const Outcome o = run_shell("ip netns exec hc-dev-router cat /sys/class/net/d0/statistics/rx_packets");
    return std::stoull(o.out);
  };
  const auto before = entered();
  const json t =
      judged("loss", {"--max-rate", "1kpps", "--trial", "300ms", "--ramp", "400ms", "--loss-step", "0.1"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  std::uint64_t offered = 0, trials = 0;
  for (const json& point : t["loss_curve"]) offered += point["offered"].get<std::uint64_t>(), ++trials;
  ASSERT_GE(trials, 2u) << t;
  EXPECT_EQ(t["loss_curve"][0]["offered"], 300);
  EXPECT_EQ(t["loss_curve"][0]["lost"], 0);
  EXPECT_EQ(t["remarks"], json::array()) << t;
  EXPECT_GT(entered() - before, offered + trials * 150) << "one climb before each trial";
}

// RFC 2544 section 16: each input sends to each output in turn. What goes to an output that lets nothing out
// is half of what each input sends; what other inputs send is no foreign frame.
TEST_F(Device, FramesGoFromEachInputToEachOutput) {
  const FurtherPorts ports;
  ASSERT_TRUE(ports.made());
  for (const bool open : {true, false}) {
    if (!open) {
      ASSERT_TRUE(in_device("ip route replace blackhole 198.19.128.0/24"));
    }
    const json t = campaign::judged(
        between_four_ports("loss", {"--max-rate", "1kpps", "--trial", "300ms", "--loss-step", "0.1"}));
    if (t.is_null()) GTEST_SKIP() << kDisturbed;
    ASSERT_GE(t["loss_curve"].size(), 1u) << t;
    const json& point = t["loss_curve"][0];
    EXPECT_EQ(point["offered"], 600) << "300 of each input";
    EXPECT_EQ(point["foreign"], 0) << point;
    EXPECT_EQ(point["lost"], open ? 0 : 300) << point;
    EXPECT_EQ(t["remarks"], json::array()) << t;
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ASSERT_TRUE(in_device("ip route del blackhole 198.19.128.0/24"));
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

TEST_F(Device, ASizeThatTheTesterCannotSendIsIrregularAndTheOthersGoOn) {
  const Outcome o =
      run_program(words("loss", {"--size", "512,9216,256", "--max-rate", "500", "--trial", "120ms"}));
  const json j = json::parse(o.out, nullptr, false);
  ASSERT_TRUE(j.is_object()) << o.out << o.err;
  EXPECT_EQ(o.code, kUnfit);
  EXPECT_EQ(j["partial"], "");
  ASSERT_EQ(j["tests"].size(), 3u) << j["tests"];
  EXPECT_NE(j["tests"][1]["irregular"], "") << j["tests"][1];
  for (const std::size_t i : {0, 2}) EXPECT_GE(j["tests"][i]["loss_curve"].size(), 2u) << j["tests"][i];
  for (const char* file : {"/report.html", "/result.csv"}) EXPECT_TRUE(fs::exists(folder_ + file)) << file;
}

TEST_F(Device, WhatIsNotForwardedIsSaidAtOnce) {
  ASSERT_TRUE(in_device("sysctl -qw net.ipv4.ip_forward=0"));
  const Outcome o = run_program(words("throughput", {}));
  EXPECT_EQ(o.code, 1);
  EXPECT_NE(o.err.find("nothing comes through"), std::string::npos) << o.err;
}

// A device that resets takes its links down, whichever of them: the tester goes on (RFC 6201).
TEST_F(Device, AResetThatTakesTheLinksDownIsMeasured) {
  const std::string ip = "ip -n hc-dev-router ",
                    near = ip + "link set d0 down; sleep 0.2; " + ip + "link set d0 up",
                    far = ip + "link set d1 down; sleep 0.2; " + ip + "link set d1 up; " + ip +
                          "neigh replace 198.19.1.2 lladdr 02:68:63:00:01:02 dev d1 nud permanent; " + ip +
                          "route replace 198.19.64.0/18 via 198.19.1.2";
  bool disturbed = false;
  for (const std::string& reset : {near, far}) {
    const json t =
        judged("reset", {"--rate", "2000", "--trial", "1s", "--repeats", "1", "--reset-command", reset});
    disturbed = disturbed || t.is_null();
    if (t.is_null()) continue;
    EXPECT_EQ(t["irregular"], "") << t;
    const double by_loss = t["reset_s"]["frame_loss"]["mean"].get<double>();
    EXPECT_GT(by_loss, 0.18) << t;
    EXPECT_LT(by_loss, 0.9) << t;
    EXPECT_NEAR(by_loss, t["reset_s"]["timestamp"]["mean"].get<double>(), 0.1 * by_loss + 2e-3) << t;
  }
  if (disturbed) GTEST_SKIP() << kDisturbed;
}

// In any other test a link that goes makes a trial void.
TEST_F(Device, ADeviceThatDropsItsLinkIsNamed) {
  for (const auto& [link, says] : {std::pair{"d0", "cut short"}, {"d1", "receiving was cut short"}}) {
    const std::string cut =
        "(for i in $(seq 200); do [ \"$(wc -l <" + folder_ +
        "/trials.jsonl)\" -ge 2 ] && break; sleep 0.05; done; sleep 0.5; ip -n hc-dev-router link set " +
        std::string(link) + " down) >/dev/null 2>&1 &";
    ASSERT_EQ(run_shell(cut).code, 0);
    const Outcome o = run_program(words("loss", {"--max-rate", "2kpps", "--trial", "1500ms"}));
    const json j = json::parse(o.out, nullptr, false);
    ASSERT_TRUE(j.is_object()) << o.out << o.err;
    EXPECT_EQ(o.code, kUnfit);
    EXPECT_NE(j["tests"][0]["irregular"].get<std::string>().find(says), std::string::npos) << j["tests"][0];
    fs::remove_all(folder_);
    SetUp();
  }
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
  EXPECT_NE(t["remarks"].dump().find("the test did not send"), std::string::npos) << t;
}

// RFC 2544 section 11.1: what goes to everybody is not forwarded, and is no loss.
TEST_F(Device, BroadcastFramesAreNoLoss) {
  const json t = judged("loss", {"--max-rate", "1kpps", "--trial", "400ms", "--broadcast"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  const json& p = t["loss_curve"][0];
  EXPECT_NEAR(p["offered"].get<double>(), 396, 1) << p;
  EXPECT_EQ(p["received"], p["sent"]) << p;
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
