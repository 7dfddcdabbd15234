// The program as people and scripts meet it: results at the end, errors that say what to do, exit codes.
#include "tests/analyzer/netns/program.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "stats/hdr_log.h"
#include "tests/analyzer/netns/probe_sender.h"
#include "tests/analyzer/netns/sandbox.h"

namespace hopcost::analyzer {
namespace {

class ProgramRun : public testing::Test {
 protected:
  void SetUp() override {
    box_.build_bridge();
    NEED_SANDBOX(box_);
  }
  std::vector<std::string> arguments(std::vector<std::string> more) {
    std::vector<std::string> all = {"--tap",  "wire=d0@" + box_.dut() + ":in",
                                    "--tap",  "container=eth0@" + box_.container(),
                                    "--sink", "9@" + box_.container()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  /// Probes while the program counts, which it does soon after it says that it watches.
  void send(Program& program, std::uint64_t count) {
    ASSERT_TRUE(program.wait_for_message("watching")) << program.messages();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ProbeSender(box_.tester(), "t0").send_many(3, 0, count);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  Sandbox box_;
};

TEST_F(ProgramRun, ASignalEndsItWithResultsWritten) {
  for (const int number : {SIGINT, SIGTERM}) {
    Program program(arguments({"--json"}));
    send(program, 400);
    program.signal(number);
    EXPECT_EQ(program.wait(), 0) << program.messages();
    const auto j = nlohmann::json::parse(program.output(), nullptr, false);
    ASSERT_TRUE(j.is_object()) << program.output();
    EXPECT_EQ(j["sent"], 400);
    EXPECT_EQ(j["taps"][1]["seen"], 400);
    EXPECT_EQ(j["taps"][1]["lost"], 0);
    EXPECT_EQ(j["stopped_by_signal"], number);
  }
}

TEST_F(ProgramRun, TheDurationEndsItWithATable) {
  Program program(arguments({"--duration", "1s", "--interval", "250ms"}));
  send(program, 300);
  EXPECT_EQ(program.wait(), 0) << program.messages();
  const auto out = program.output();
  EXPECT_NE(out.find("wire > container"), std::string::npos) << out;
  EXPECT_NE(out.find("300 probes"), std::string::npos) << out;
  EXPECT_NE(out.find("ring drops"), std::string::npos) << out;
}

TEST_F(ProgramRun, MetricsAreServedWhileItRuns) {
  const std::string path = "/tmp/hopcost-test-" + std::to_string(getpid()) + ".metrics";
  Program program(arguments({"--metrics", "unix:" + path}));
  send(program, 300);
  const std::string scrape = "curl -s --max-time 3 --unix-socket " + path + " http://x/metrics | grep -q ";
  EXPECT_TRUE(Sandbox::run(scrape + "'^hopcost_tap_probes_total{tap=\"container\"} 300$'"));
  EXPECT_TRUE(Sandbox::run(scrape + "'^hopcost_hop_seconds_count{from=\"wire\",to=\"container\"} 300$'"));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0) << program.messages();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ProgramRun, TheLiveViewWithoutATerminalIsLines) {
  Program program(arguments({"--duration", "2500ms", "--live"}));
  send(program, 300);
  EXPECT_EQ(program.wait(), 0) << program.messages();
  const auto out = program.output();
  EXPECT_EQ(out.find('\x1b'), std::string::npos) << out;
  EXPECT_NE(out.find("  1.0 s  wire > container"), std::string::npos) << out;
  EXPECT_NE(out.find("  2.0 s  wire > container"), std::string::npos) << out;
}

TEST_F(ProgramRun, TheLogHoldsEveryProbeOfEveryHop) {
  const std::string path = "/tmp/hopcost-test-" + std::to_string(getpid()) + ".hlog";
  Program program(arguments({"--duration", "1s", "--interval", "200ms", "--hdr-log", path}));
  send(program, 300);
  EXPECT_EQ(program.wait(), 0) << program.messages();
  const auto log = read_hlog(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(log);
  std::map<std::string, std::uint64_t> counts;
  for (const auto& i : log->intervals) counts[i.tag] += i.histogram.count();
  EXPECT_EQ(counts, (std::map<std::string, std::uint64_t>{
                        {"sent-wire", 300}, {"wire-container", 300}, {"sent-container", 300}}));
  EXPECT_GE(log->intervals.size(), 9u);
}

TEST_F(ProgramRun, ALogThatCannotBeBegunIsReportedAtOnce) {
  Program program(arguments({"--duration", "20s", "--hdr-log", "/dev/full"}));
  EXPECT_EQ(program.wait(), 1);
  EXPECT_NE(program.messages().find("No space left"), std::string::npos) << program.messages();
}

TEST_F(ProgramRun, ADiskThatFillsUpUnderTheLogIsReportedAndResultsStillShown) {
  const std::string disk = "/tmp/hopcost-test-disk-" + std::to_string(getpid());
  std::filesystem::create_directory(disk);
  Program program(arguments({"--duration", "20s", "--interval", "20ms", "--hdr-log", disk + "/log"}),
                  {.without_capabilities = false, .stdout_to = "", .tiny_disk = disk});
  const int code = program.wait();
  std::filesystem::remove(disk);
  if (code == 126) GTEST_SKIP() << "can't mount a small disk";
  EXPECT_EQ(code, 5) << program.messages();
  EXPECT_NE(program.messages().find("No space left"), std::string::npos) << program.messages();
  EXPECT_NE(program.output().find("wire > container"), std::string::npos);
}

TEST_F(ProgramRun, AFullDiskUnderTheOutputIsReported) {
  Program program(arguments({"--duration", "200ms", "--json"}),
                  {.without_capabilities = false, .stdout_to = "/dev/full", .tiny_disk = ""});
  EXPECT_EQ(program.wait(), 5);
  EXPECT_NE(program.messages().find("standard output"), std::string::npos) << program.messages();
}

// The disk is full for the lines from the first on, as for a reader that has gone.
TEST_F(ProgramRun, ALostOutputDoesNotLoseLogAndFrames) {
  const std::string name = "/tmp/hopcost-test-" + std::to_string(getpid());
  Program program(arguments({"--duration", "1s", "--interval", "50ms", "--hdr-log", name + ".hlog", "--write",
                             name + ".pcapng"}),
                  {.without_capabilities = false, .stdout_to = "/dev/full", .tiny_disk = ""});
  send(program, 300);
  EXPECT_EQ(program.wait(), 5) << program.messages();
  const auto said = program.messages();
  const auto at = said.find("write the results to standard output");
  EXPECT_NE(at, std::string::npos) << said;
  EXPECT_EQ(said.find("standard output", at + 30), std::string::npos) << said;
  const auto log = read_hlog(name + ".hlog");
  ASSERT_TRUE(log);
  std::uint64_t count = 0;
  for (const auto& i : log->intervals) count += i.tag == "wire-container" ? i.histogram.count() : 0;
  EXPECT_EQ(count, 300u);
  EXPECT_GT(std::filesystem::file_size(name + ".pcapng"), 600 * 60u);
  std::filesystem::remove(name + ".hlog");
  std::filesystem::remove(name + ".pcapng");
}

TEST_F(ProgramRun, AMissingInterfaceNamesThoseThere) {
  Program program({"--tap", "a=nope@" + box_.dut()});
  EXPECT_EQ(program.wait(), 4);
  EXPECT_NE(program.messages().find("nope"), std::string::npos);
  EXPECT_NE(program.messages().find("d0"), std::string::npos) << program.messages();
}

TEST_F(ProgramRun, AMissingNamespaceIsSaid) {
  Program program({"--tap", "a=eth0@t-ana-not-there"});
  EXPECT_EQ(program.wait(), 4);
  EXPECT_NE(program.messages().find("t-ana-not-there"), std::string::npos) << program.messages();
}

TEST_F(ProgramRun, ItGivesUpItsCapabilities) {
  Program program(arguments({"--duration", "5s"}));
  ASSERT_TRUE(program.wait_for_message("watching")) << program.messages();
  EXPECT_TRUE(
      Sandbox::run("for s in /proc/[0-9]*/status; do grep -lq '^Name:.analyzer$' $s 2>/dev/null && "
                   "grep -q '^CapPrm:.0000000000000000$' $s && exit 0; done; exit 1"));
}

TEST(ProgramErrors, WithoutPrivilegeItSaysWhatItNeeds) {
  Program program({"--tap", "a=lo"}, {.without_capabilities = true, .stdout_to = "", .tiny_disk = ""});
  const int code = program.wait();
  if (code == 127) GTEST_SKIP() << "the program can't be reached by another user";
  EXPECT_EQ(code, 3) << program.messages();
  EXPECT_NE(program.messages().find("sudo"), std::string::npos) << program.messages();
}

TEST(ProgramErrors, BadWords) {
  const std::vector<std::vector<std::string>> bad = {
      {},
      {"--tap", "nonsense"},
      {"--tap", "a=lo:sideways"},
      {"--tap", "a=lo", "--tap", "a=lo"},
      {"--tap", "a=lo", "--duration", "soon"},
      {"--tap", "a=lo", "--duration", "0"},
      {"--tap", "a=lo", "--sink", "0"},
      {"--tap", "a=lo", "--ring-bytes", "1"},
      {"--no-such-option"},
      {"--control", "--tap", "a=lo"},
      {"--tap", "a=lo", "--live", "--json"},
      {"--tap", "a=lo", "--metrics", "0.0.0.0:9100"},
      {"--control", "--metrics", "127.0.0.1:9100"},
  };
  for (const auto& arguments : bad) {
    Program program(arguments);
    EXPECT_EQ(program.wait(), 2) << program.messages();
    EXPECT_FALSE(program.messages().empty());
    EXPECT_EQ(program.output(), "");
  }
}

}  // namespace
}  // namespace hopcost::analyzer
