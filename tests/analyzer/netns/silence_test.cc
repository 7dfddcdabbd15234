// A tap that sees nothing says why, and the exit code tells.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/analyzer/netns/probe_sender.h"
#include "tests/analyzer/netns/program.h"
#include "tests/analyzer/netns/sandbox.h"
#include "wire/libpcap.h"

namespace hopcost::analyzer {
namespace {

class Silence : public testing::Test {
 protected:
  void SetUp() override {
    box_.build_bridge();
    NEED_SANDBOX(box_);
  }
  std::string d0() { return "d0@" + box_.dut(); }
  /// Runs the program while `meanwhile` does something; checks that it ends with 5 and gives the reason.
  void expect_why(std::vector<std::string> arguments, const std::string& why, auto meanwhile) {
    arguments.insert(arguments.end(), {"--json"});
    Program program(arguments);
    EXPECT_TRUE(program.wait_for_message("watching")) << program.messages();
    at_begin_ = program.messages();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    meanwhile();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait(), 5) << program.messages();
    EXPECT_NE(program.messages().find("tap a saw no"), std::string::npos) << program.messages();
    EXPECT_NE(program.messages().find(why), std::string::npos) << program.messages();
    const auto j = nlohmann::json::parse(program.output(), nullptr, false);
    ASSERT_TRUE(j.is_object());
    EXPECT_EQ(j["silent"].size(), 1u) << j["silent"];
    EXPECT_EQ(j["silent"][0]["tap"], "a");
    EXPECT_NE(j["silent"][0]["why"].get<std::string>().find(why), std::string::npos) << j["silent"];
  }
  static void nothing() {}
  Sandbox box_;
  std::string at_begin_;
};

TEST_F(Silence, ADeviceThatIsDownIsToldAtOnceAndAtTheEnd) {
  ASSERT_TRUE(Sandbox::run("ip -n " + box_.dut() + " link set d0 down"));
  expect_why({"--tap", "a=" + d0()}, "d0 is down", nothing);
  EXPECT_NE(at_begin_.find("tap a: d0 is down"), std::string::npos) << at_begin_;
}

TEST_F(Silence, ADeviceWithoutACarrierIsToldAtOnceAndAtTheEnd) {
  ASSERT_TRUE(Sandbox::run("ip -n " + box_.tester() + " link set t0 down"));
  expect_why({"--tap", "a=" + d0()}, "d0 has no carrier", nothing);
  EXPECT_NE(at_begin_.find("tap a: d0 has no carrier"), std::string::npos) << at_begin_;
}

TEST_F(Silence, ADeviceThatIsRemovedUnderWayIsGone) {
  expect_why({"--tap", "a=" + d0()}, "d0 is gone",
             [&] { EXPECT_TRUE(Sandbox::run("ip -n " + box_.dut() + " link del d0")); });
  EXPECT_EQ(at_begin_.find("d0 is"), std::string::npos) << at_begin_;
}

TEST_F(Silence, TrafficWithoutProbesIsCounted) {
  expect_why({"--tap", "a=" + d0()}, "other frames passed", [&] {
    EXPECT_TRUE(
        Sandbox::run("ip netns exec " + box_.tester() +
                     R"py( python3 -c "import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('t0', 0))
for i in range(3): s.send(bytes([255] * 6 + [2, 0, 0, 0, 0, 1, 0x88, 0xb5] + [120] * 50))")py"));
  });
}

TEST_F(Silence, TheOtherDirectionIsTheReasonLeft) {
  const auto send = [&] { ProbeSender(box_.tester(), "t0").send_many(3, 0, 100); };
  expect_why({"--tap", "wire=" + d0() + ":in", "--tap", "a=" + d0() + ":out"}, "direction", send);
}

TEST_F(Silence, AFilterThatPicksNothing) {
  if (!libpcap::why_missing().empty()) GTEST_SKIP() << libpcap::why_missing();
  expect_why({"--tap", "a=" + d0(), "--filter", "tcp"}, "look at --filter",
             [&] { ProbeSender(box_.tester(), "t0").send_many(3, 0, 100); });
}

}  // namespace
}  // namespace hopcost::analyzer
