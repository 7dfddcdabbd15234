// "hopcost device --dut": devices that it builds itself, with their daemons, and that nothing of them is
// left.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "device_fixture.h"

namespace hopcost::campaign {
namespace {

class BuiltDevice : public Run {
 protected:
  static void SetUpTestSuite() { come_first(); }
  static bool there_is(const std::string& program) { return run_shell("command -v " + program).code == 0; }
  /// The first test; null when it could not be judged.
  json first_test(const std::string& test, const std::vector<std::string>& more) const {
    std::vector<std::string> all = {"device", test,      "--quick", "--quiet", "--json",
                                    "--size", "128",     "--trial", "300ms",   "--linger",
                                    "150ms",  "--pause", "60ms",    "--out",   folder_ + "/out"};
    all.insert(all.end(), more.begin(), more.end());
    return campaign::judged(all);
  }
  void forwards(const std::vector<std::string>& more) const {
    std::vector<std::string> all = more;
    all.insert(all.end(), {"--max-rate", "2kpps"});
    const json t = first_test("loss", all);
    if (t.is_null()) GTEST_SKIP() << kDisturbed;
    ASSERT_FALSE(t["loss_curve"].empty()) << t;
    const json& p = t["loss_curve"][0];
    EXPECT_EQ(p["received"], p["sent"]) << p;
    EXPECT_EQ(p["flooded"], 0) << p;
  }
};

TEST_F(BuiltDevice, ARouterHasWhatRoutesAndWaysAreAskedFor) {
  bool disturbed = false;
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--routes", "10000"}, {"--ipv6", "--size", "512"}, {"--bidirectional"}}) {
    std::vector<std::string> all = {"--dut", "router", "--max-rate", "2kpps"};
    all.insert(all.end(), more.begin(), more.end());
    const json t = first_test("loss", all);
    EXPECT_EQ(left_behind(), std::vector<std::string>{});
    disturbed = disturbed || t.is_null();
    if (t.is_null()) continue;
    EXPECT_EQ(t["tester_limit_from"], "port to port");
    EXPECT_GT(t["tester_limit_fps"].get<double>(), 2000) << t;
    ASSERT_FALSE(t["loss_curve"].empty()) << t;
    const json& p = t["loss_curve"][0];
    EXPECT_EQ(p["received"], p["sent"]) << "what was not sent in time is the tester's: " << p;
    EXPECT_NEAR(p["offered"].get<double>(), more[0] == "--bidirectional" ? 1200 : 600, 4) << p;
  }
  if (disturbed) GTEST_SKIP() << kDisturbed;
}

// Frames of any size that was asked for fit a device that is built.
TEST_F(BuiltDevice, JumboFramesPass) {
  forwards({"--dut", "router", "--size", "9216"});
  forwards({"--dut", "switch", "--size", "4096"});
}

// RFC 2544 section 9.4: a device that does not fragment has the rate 0 for what is above its MTU.
TEST_F(BuiltDevice, ASizeThatTheDeviceDoesNotCarryHasTheRateZero) {
  std::ifstream in(std::string(std::getenv("HOPCOST_TOPOLOGIES")) + "/device/router.toml");
  std::stringstream text;
  text << in.rdbuf();
  std::string topology = text.str();
  for (const char* far : {"at = \"router/d1\"", "at = \"far/t1\""})
    topology.insert(topology.find(far), "mtu = 1500\n");
  topology.replace(topology.find("mtu = 1500\ntxqueuelen"), 10, "mtu = 9000");
  std::ofstream(folder_ + "/narrow.toml") << topology;
  const Outcome o = run_program({"device",     "throughput,latency",
                                 "--dut",      folder_ + "/narrow.toml",
                                 "--ipv6",     "--quick",
                                 "--quiet",    "--json",
                                 "--size",     "512,2048,1024",
                                 "--trial",    "200ms",
                                 "--repeats",  "1",
                                 "--searches", "1",
                                 "--linger",   "150ms",
                                 "--pause",    "60ms",
                                 "--max-rate", "1kpps",
                                 "--out",      folder_ + "/out"});
  const json j = json::parse(o.out, nullptr, false);
  ASSERT_TRUE(j.is_object()) << o.out << o.err;
  EXPECT_EQ(o.code, kUnfit) << "there is no latency at 2048";
  EXPECT_EQ(j["partial"], "") << j["partial"];
  std::map<int, json> throughput, latency;
  for (const json& t : j["tests"]) (t["test"] == "latency" ? latency : throughput)[t["size"].get<int>()] = t;
  ASSERT_EQ(throughput.size(), 3u) << o.out;
  EXPECT_EQ(throughput[2048]["throughput_fps"], 0);
  EXPECT_EQ(throughput[2048]["irregular"], "");
  EXPECT_NE(throughput[2048]["remarks"].dump().find("RFC 2544 section 9.4"), std::string::npos);
  EXPECT_NE(latency[2048]["irregular"].get<std::string>().find("nothing of 2048 bytes"), std::string::npos);
  for (const int size : {512, 1024})
    EXPECT_GT(throughput[size]["throughput_fps"].get<double>(), 0) << throughput[size];
}

TEST_F(BuiltDevice, EachBackendSends) {
  for (const char* backend : {"af_xdp", "xdp", "dpdk"}) forwards({"--dut", "router", "--backend", backend});
}

TEST_F(BuiltDevice, MixedSizesAndExtensionHeadersPass) {
  forwards({"--dut", "router", "--size", "imix"});
  for (const char* header : {"hop-by-hop", "chain"})
    forwards({"--dut", "router", "--ipv6", "--size", "256", "--extension", header});
}

TEST_F(BuiltDevice, NatKeepsSoManyConnections) {
  forwards({"--dut", "nat", "--connections", "50"});
}

TEST_F(BuiltDevice, SwitchFloodsNothingOfWhatItLearned) {
  forwards({"--dut", "switch"});
}

TEST_F(BuiltDevice, Nat64Translates) {
  if (!there_is("tayga")) GTEST_SKIP() << "needs tayga: apt-get install tayga";
  forwards({"--dut", "nat64", "--ipv6"});
}

// RFC 2544 section 11: each test once with each modifier, in one run.
TEST_F(BuiltDevice, ModifiersAreComparedInOneRun) {
  const Outcome o = run_program({"device",         "loss",        "--dut",
                                 "router",         "--quick",     "--quiet",
                                 "--json",         "--size",      "128",
                                 "--trial",        "1s",          "--linger",
                                 "150ms",          "--pause",     "60ms",
                                 "--max-rate",     "2kpps",       "--out",
                                 folder_ + "/out", "--modifiers", "none,1-filter,25-filters,management"});
  const json j = json::parse(o.out, nullptr, false);
  ASSERT_TRUE(j.is_object()) << o.out << o.err;
  ASSERT_EQ(j["tests"].size(), 4u) << j["partial"];
  const std::vector<std::pair<std::string, std::size_t>> expected = {
      {"none", 0}, {"1-filter", 1}, {"25-filters", 25}, {"management", 0}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const json& t = j["tests"][i];
    EXPECT_EQ(t["modifier"], expected[i].first);
    EXPECT_EQ(t.value("filters", json::array()).size(), expected[i].second) << t["filters"];
    ASSERT_FALSE(t["loss_curve"].empty()) << t;
    const json& p = t["loss_curve"][0];
    EXPECT_EQ(p["received"], p["sent"]) << p;
  }
  const json& filters = j["tests"][2]["filters"];
  EXPECT_EQ(filters[0], "ip saddr 198.18.1.1 ip daddr 198.18.101.1 drop");
  EXPECT_EQ(filters[24], "ip saddr 198.18.0.0/16 ip daddr 198.19.0.0/16 accept");
  const json& m = j["tests"][3]["management"];
  EXPECT_EQ(m["query"], "ICMP echo");
  const std::size_t trials = j["tests"][3]["loss_curve"].size();
  EXPECT_GE(m["asked"], trials) << "one a trial of 1 s";
  EXPECT_LE(m["asked"], 3 * trials) << "those that did not count were made again";
  EXPECT_EQ(m["answered"], m["asked"]);
  // By then a device that was just built has said all of its own accord (MLD).
  EXPECT_EQ(j["tests"][3]["loss_curve"].back()["answers"], 0) << "those to queries are none";
}

TEST_F(BuiltDevice, FiltersLetTheStreamPassBothWaysAndIpv6) {
  forwards({"--dut", "router", "--ipv6", "--bidirectional", "--modifiers", "25-filters"});
}

// RFC 8219: a translator takes packets from either side, 20 bytes longer on one of them.
TEST_F(BuiltDevice, SiitTranslatesBothWays) {
  if (!there_is("tayga")) GTEST_SKIP() << "needs tayga: apt-get install tayga";
  forwards({"--dut", "siit", "--ipv6", "--bidirectional", "--routes", "3"});
}

// RFC 8219's dual DUT: what comes out is what went in, of the largest size as well.
TEST_F(BuiltDevice, TwoTranslatorsBackToBack) {
  if (!there_is("tayga")) GTEST_SKIP() << "needs tayga: apt-get install tayga";
  forwards({"--dut", "dual-siit", "--bidirectional", "--size", "1514", "--routes", "3"});
}

// Frames go through one in tests/guest/device.py: few kernels have the kind of device.
TEST_F(BuiltDevice, ATunnelSaysWhichFramesItTakes) {
  const auto says = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = {"device", "loss", "--quick", "--out", folder_ + "/out", "--dut"};
    all.insert(all.end(), more.begin(), more.end());
    const Outcome o = run_program(all);
    EXPECT_EQ(o.code, 2) << o.err;
    return o.err;
  };
  const std::string asked = "add --ipv6 --6in4 198.18.1.2,198.18.1.1";
  EXPECT_NE(says({"6in4", "--ipv6"}).find(asked), std::string::npos);
  EXPECT_NE(says({"6in4", "--ipv6", "--6in4", "198.18.1.2,198.18.1.9"}).find(asked), std::string::npos);
  EXPECT_NE(says({"dual-6in4"}).find("dual-6in4 takes IPv6 frames in"), std::string::npos);
}

// Where frames end is a container's device, with its default route.
TEST_F(BuiltDevice, AModeIsADevice) {
  forwards({"--dut", "veth", "--learning"});
  forwards({"--dut", "bridge-nat", "--backend", "af_xdp"});
}

TEST_F(BuiltDevice, BirdFeedsRoutes) {
  if (!there_is("bird")) GTEST_SKIP() << "needs bird2: apt-get install bird2";
  forwards({"--dut", "bird", "--routes", "200"});
}

/// Processes that have the word in their environment.
std::size_t processes_with(const std::string& word) {
  std::size_t n = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/proc", none)) {
    std::ifstream in(entry.path() / "environ");
    const std::string all(std::istreambuf_iterator<char>(in), {});
    n += all.find(word) != std::string::npos;
  }
  return n;
}

TEST_F(BuiltDevice, ItsDaemonsGoWithAProgramThatIsKilled) {
  if (!there_is("bird")) GTEST_SKIP() << "needs bird2: apt-get install bird2";
  const std::string mark = "HOPCOST_TEST_MARK=" + folder_;
  setenv("HOPCOST_TEST_MARK", folder_.c_str(), 1);
  std::size_t most = 0;
  const Outcome o = run_program_until(
      {"device", "loss", "--dut", "bird", "--quick", "--quiet", "--trial", "30s", "--out", folder_},
      [&] {
        most = std::max(most, processes_with(mark));
        std::ifstream in(folder_ + "/trials.jsonl");
        return in.peek() != std::ifstream::traits_type::eof();
      },
      SIGKILL);
  unsetenv("HOPCOST_TEST_MARK");
  EXPECT_EQ(o.code, 128 + SIGKILL);
  EXPECT_GE(most, 6u) << "hopcost, nsglue, and of each BIRD one process and one that watches over it";
  for (int i = 0; i < 500 && (processes_with(mark) > 0 || !left_behind().empty()); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(processes_with(mark), 0u);
}

// RFC 2889 section 5.7: a bridge that learns 100 addresses keeps 100.
TEST_F(BuiltDevice, ASwitchKeepsAsManyAddressesAsItMay) {
  if (run_shell("printf '6.7\\n%s\\n' $(uname -r) | sort -CV").code != 0) GTEST_SKIP() << "needs Linux 6.7";
  const Outcome made = run_shell(
      "sed -e 's/^fdb_max_learned.*/fdb_max_learned = 100/' -e '/^ipv6 = /d' -e 's/, \"2001:[^\"]*\"//' "
      "$HOPCOST_TOPOLOGIES/device/small-switch.toml > " +
      folder_ + "/small.toml");
  ASSERT_EQ(made.code, 0) << made.err;
  const json t =
      first_test("caching", {"--dut", folder_ + "/small.toml", "--addresses", "128", "--max-rate", "20kpps"});
  if (t.is_null()) GTEST_SKIP() << kDisturbed;
  EXPECT_EQ(t["addresses"], 100) << t;
  EXPECT_EQ(t["irregular"], "") << t;
}

}  // namespace
}  // namespace hopcost::campaign
