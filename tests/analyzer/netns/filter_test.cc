// Filters in tcpdump's language at live taps, and taps on devices that libpcap opens.
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

class LiveFilter : public testing::Test {
 protected:
  void SetUp() override {
    if (!libpcap::why_missing().empty()) GTEST_SKIP() << libpcap::why_missing();
    box_.build_bridge();
    NEED_SANDBOX(box_);
  }
  /// 100 probes of flow 3 without a tag and 200 of flow 7 in VLAN 7, under the tap's eyes: its counts.
  nlohmann::json watch(const std::string& tap, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--tap", "a=" + tap, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Program program(arguments);
    EXPECT_TRUE(program.wait_for_message("watching")) << program.messages();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ProbeSender(box_.tester(), "t0").send_many(3, 0, 100);
    ProbeSender tagged(box_.tester(), "t0");
    for (std::uint64_t i = 0; i < 200; ++i) tagged.send_tagged(7, i, 7);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    program.signal(SIGTERM);
    const int code = program.wait();
    auto result = nlohmann::json::parse(program.output(), nullptr, false);
    EXPECT_EQ(code, result["taps"][0]["seen"] == 0 ? 5 : 0) << program.messages();
    return result;
  }
  Sandbox box_;
};

// The kernel takes the tag out of a frame before a packet socket gets it: a program that looks for the tag in
// the frame finds none.
TEST_F(LiveFilter, AVlanIsFoundThoughItsTagIsOutOfTheFrame) {
  const auto seen = [&](const std::vector<std::string>& more) {
    return watch("d0@" + box_.dut() + ":in", more)["taps"][0]["seen"].get<int>();
  };
  EXPECT_EQ(seen({"--tap-kind", "af_packet"}), 300);
  EXPECT_EQ(seen({"--filter", "vlan 7"}), 200);
  EXPECT_EQ(seen({"--filter", "vlan 7 and udp port 9"}), 200);
  EXPECT_EQ(seen({"--filter", "vlan 8"}), 0);
  EXPECT_EQ(seen({"--filter", "udp and dst host 198.18.0.2 and not vlan"}), 100);
}

TEST_F(LiveFilter, OneDirectionIsKept) {
  EXPECT_EQ(watch("d0@" + box_.dut() + ":out", {"--filter", "udp"})["taps"][0]["seen"], 0);
  EXPECT_EQ(watch("t0@" + box_.tester() + ":in", {"--filter", "udp"})["taps"][0]["seen"], 0);
  EXPECT_EQ(watch("t0@" + box_.tester() + ":out", {"--filter", "udp"})["taps"][0]["seen"], 100);
}

TEST_F(LiveFilter, MatchedPacketsAreCutAsWithoutOne) {
  const auto j = watch("d0@" + box_.dut() + ":in", {"--match", "5-tuple", "--filter", "vlan 7"});
  EXPECT_EQ(j["taps"][0]["seen"], 200);
}

TEST_F(LiveFilter, ADeviceOfLibpcapsIsATap) {
  const auto d0 = watch("libpcap:d0@" + box_.dut() + ":in", {"--filter", "vlan 7"});
  EXPECT_EQ(d0["taps"][0]["seen"], 200);
  EXPECT_EQ(d0["taps"][0]["ring_drops"], 0);
  const auto all = watch("libpcap:d0@" + box_.dut(), {});
  EXPECT_EQ(all["taps"][0]["seen"], 300);
  EXPECT_GT(all["taps"][0]["since_tx"]["sum_ns"], 0);
  EXPECT_LT(all["taps"][0]["since_tx"]["histogram"].get<std::string>().size(), 100'000u);
}

// Cooked packets, of every device there is.
TEST_F(LiveFilter, AnyDeviceIsATap) {
  const auto any = watch("libpcap:any@" + box_.container(), {});
  EXPECT_EQ(any["flows"].size(), 2u) << any["flows"];
  EXPECT_EQ(any["taps"][0]["seen"], 300);
  EXPECT_EQ(any["taps"][0]["duplicates"], 0);
}

TEST_F(LiveFilter, MistakesAreToldInLibpcapsWords) {
  const auto says = [](const std::vector<std::string>& arguments, int code, const std::string& text) {
    Program program(arguments);
    EXPECT_EQ(program.wait(), code) << program.messages();
    EXPECT_NE(program.messages().find(text), std::string::npos) << program.messages();
  };
  const std::string d0 = "a=d0@" + box_.dut();
  says({"--tap", d0, "--filter", "udp prt 9"}, 2, "can't parse filter expression: syntax error");
  says({"--tap", "a=libpcap:d0@" + box_.dut(), "--filter", "udp prt 9"}, 2, "syntax error");
  says({"--tap", d0, "--tap-kind", "bpf", "--filter", "udp"}, 2,
       "--filter need a kind of tap that keeps frames");
  says({"--tap", "a=nosuch@" + box_.dut(), "--filter", "udp"}, 4, "d0");
  says({"--tap", "a=libpcap:nosuch@" + box_.dut()}, 4, "libpcap knows");
  says({"--control", "--filter", "udp"}, 2, "--control");
}

}  // namespace
}  // namespace hopcost::analyzer
