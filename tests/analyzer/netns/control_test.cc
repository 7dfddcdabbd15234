// The conversation of doc/control-protocol.md with the real program.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/child.h"
#include "base/netns.h"
#include "stats/hdr_codec.h"
#include "tests/analyzer/netns/probe_sender.h"
#include "tests/analyzer/netns/program.h"
#include "tests/analyzer/netns/sandbox.h"

namespace hopcost::analyzer {
namespace {

using nlohmann::json;

json tap(const char* name, const std::string& netns, const char* device, const char* direction = "in") {
  return {
      {"name", name}, {"netns", netns}, {"device", device}, {"direction", direction}, {"kind", "af_packet"}};
}

/// Packet sockets of a namespace that hear a device's packets: of all protocols, as they stand in
/// /proc/net/packet.
int packet_sockets(const std::string& netns) {
  auto scope = NetnsScope::enter(netns);
  std::ifstream file("/proc/thread-self/net/packet");
  int sockets = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream columns(line);
    std::string sk, references, type, protocol;
    columns >> sk >> references >> type >> protocol;
    sockets += protocol == "0003";  // ETH_P_ALL
  }
  return sockets;
}

class Control : public testing::Test {
 protected:
  void SetUp() override {
    box_.build_bridge();
    NEED_SANDBOX(box_);
    auto child = Child::start({analyzer_path(), "--control"});
    ASSERT_TRUE(child) << describe(child.error());
    child_.emplace(std::move(*child));
  }
  json call(const std::string& op, json arguments) {
    auto r = child_->call(op, std::move(arguments));
    EXPECT_TRUE(r) << op << ": " << (r ? "" : describe(r.error()));
    return r ? *r : json();
  }
  Error refusal(const std::string& op, json arguments) {
    auto r = child_->call(op, std::move(arguments));
    EXPECT_FALSE(r) << op << " was accepted";
    return r ? Error{} : r.error();
  }
  /// Of one path; its answer.
  json arm(json path) { return call("arm", {{"paths", json::array({std::move(path)})}})["paths"][0]; }
  void disarm(json path) { call("disarm", {{"paths", json::array({std::move(path)})}}); }
  Error refusal_of(const std::string& op, json path) {
    return refusal(op, {{"paths", json::array({std::move(path)})}});
  }
  json end_tap() { return tap("container", box_.container(), "eth0"); }
  json all_taps() { return {tap("wire", box_.dut(), "d0"), tap("port", box_.dut(), "v0", "out"), end_tap()}; }
  json sinks() { return {{{"netns", box_.container()}, {"port", 9}}}; }
  /// A lane as expect has it; with `sent`, as collect has it.
  static json lane(const char* path, std::uint16_t flow) { return {{"path", path}, {"flow", flow}}; }
  static json lane(const char* path, std::uint16_t flow, std::uint64_t sent) {
    return {{"path", path}, {"flow", flow}, {"sent", sent}};
  }
  /// Of one lane, its answer.
  json slot(std::uint16_t flow, std::uint64_t count, std::uint64_t warm_up) {
    call("expect", {{"lanes", {lane("bridge", flow)}}, {"first_sequence", warm_up}});
    ProbeSender(box_.tester(), "t0").send_many(flow, 0, count);
    json r = call("collect", {{"lanes", {lane("bridge", flow, count)}}, {"timeout_ms", 2000}});
    EXPECT_TRUE(r["host"].contains("steal_ns"));
    return r["lanes"][0];
  }
  Sandbox box_;
  std::optional<Child> child_;
};

TEST_F(Control, EndSlotsAndHopSlotsInTurn) {
  const json armed = arm({{"path", "bridge"}, {"taps", {end_tap()}}, {"sinks", sinks()}});
  ASSERT_EQ(armed["taps"].size(), 1u);
  EXPECT_EQ(armed["taps"][0]["kind"], "af_packet");
  EXPECT_EQ(packet_sockets(box_.dut()), 0);
  for (std::uint16_t flow = 1; flow <= 6; flow += 2) {
    const json end = slot(flow, 500, 50);
    EXPECT_EQ(end["taps"][0]["seen"], 500);
    EXPECT_EQ(end["taps"][0]["lost"], 0);
    EXPECT_EQ(end["taps"][0]["since_tx"]["count"], 450);
    EXPECT_EQ(end["hops"].size(), 0u);
    EXPECT_EQ(arm({{"path", "bridge"}, {"taps", all_taps()}})["taps"].size(), 3u);
    const json hops = slot(static_cast<std::uint16_t>(flow + 1), 500, 50);
    EXPECT_EQ(hops["flow"], flow + 1);
    ASSERT_EQ(hops["hops"].size(), 2u);
    EXPECT_EQ(hops["hops"][0]["from"], "wire");
    EXPECT_EQ(hops["hops"][1]["to"], "container");
    EXPECT_EQ(hops["hops"][0]["count"], 450);
    EXPECT_EQ(decode_base64(hops["hops"][0]["histogram"].get<std::string>())->count(), 450u);
    disarm({{"path", "bridge"}, {"taps", {"wire", "port"}}});
    EXPECT_EQ(packet_sockets(box_.dut()), 0);
    EXPECT_EQ(packet_sockets(box_.container()), 1);
  }
  disarm({{"path", "bridge"}});
  EXPECT_EQ(packet_sockets(box_.container()), 0);
}

// A path with many containers ends at many sockets, and its tap stands at all of them.
TEST_F(Control, OneTapStandsAtManyPortsAndGivesEachPacketsTime) {
  if (call("kinds", json::object())["best"] != "bpf") GTEST_SKIP() << "no BPF here";
  const json end = {{"name", "end"},
                    {"netns", box_.dut()},
                    {"port", 9},
                    {"kind", "bpf"},
                    {"also", {{{"netns", box_.container()}, {"port", 9}}}}};
  arm({{"path", "bridge"}, {"taps", {end}}});
  call("expect", {{"lanes", {lane("bridge", 3)}}, {"train", {{"packets", 4}, {"untimed", 1}}}});
  ProbeSender(box_.tester(), "t0").send_many(3, 0, 8);
  const json r = call("collect", {{"lanes", {lane("bridge", 3, 12)}}, {"timeout_ms", 500}, {"times", true}});
  const json& tap = r["lanes"][0]["taps"][0];
  EXPECT_EQ(tap["seen"], 8) << "at the second of its ports";
  const json& times = tap["since_tx"]["times_ns"];
  ASSERT_EQ(times.size(), 9u) << "three of each train of four";
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(times[i].is_number(), i < 6) << times;
  json without_port = end;
  without_port.erase("port");
  without_port["device"] = "d0";
  EXPECT_NE(refusal_of("arm", {{"path", "x"}, {"taps", {without_port}}}).what.find("also"),
            std::string::npos);
}

TEST_F(Control, LanesOfOnePathAreToldApart) {
  arm({{"path", "bridge"}, {"taps", all_taps()}, {"sinks", sinks()}});
  call("expect",
       {{"lanes", {lane("bridge", 6), lane("bridge", 7), lane("bridge", 5)}}, {"first_sequence", 10}});
  ProbeSender sender(box_.tester(), "t0");
  for (std::uint64_t i = 0; i < 100; ++i) {
    sender.send(6, i);
    if (i < 40) sender.send(7, i);
    if (i < 20) sender.send(8, i);
  }
  const json r =
      call("collect", {{"lanes", {lane("bridge", 7, 41), lane("bridge", 5, 0), lane("bridge", 6, 100)}},
                       {"timeout_ms", 300}});
  const json &seven = r["lanes"][0], &none = r["lanes"][1], &six = r["lanes"][2];
  EXPECT_EQ(seven["flow"], 7);
  EXPECT_EQ(six["path"], "bridge");
  for (std::size_t t = 0; t < 3; ++t) {
    EXPECT_EQ(six["taps"][t]["seen"], 100);
    EXPECT_EQ(six["taps"][t]["lost"], 0);
    EXPECT_EQ(seven["taps"][t]["seen"], 40);
    EXPECT_EQ(seven["taps"][t]["lost"], 1);
    EXPECT_EQ(none["taps"][t]["seen"], 0);
  }
  for (std::size_t h = 0; h < 2; ++h) {
    EXPECT_EQ(six["hops"][h]["count"], 90);
    EXPECT_EQ(seven["hops"][h]["count"], 30);
  }
  EXPECT_EQ(six["foreign"], 60);  // the fourth flow, at three taps: of the path's first lane
  EXPECT_EQ(seven["foreign"], 0);

  const json one = slot(9, 50, 0);  // and no trace of it in the next slot
  EXPECT_EQ(one["taps"][2]["seen"], 50);
}

TEST_F(Control, OneMedianATrain) {
  arm({{"path", "bridge"}, {"taps", all_taps()}, {"sinks", sinks()}});
  call("expect",
       {{"lanes", {lane("bridge", 6), lane("bridge", 7)}}, {"train", {{"packets", 16}, {"untimed", 6}}}});
  ProbeSender sender(box_.tester(), "t0");
  for (std::uint64_t i = 0; i < 100; ++i) {
    if (i / 16 != 2) sender.send(6, i);  // the third train is lost
    sender.send(7, i);
  }
  const json r =
      call("collect", {{"lanes", {lane("bridge", 6, 100), lane("bridge", 7, 96)}}, {"timeout_ms", 300}});
  for (std::size_t t = 0; t < 3; ++t) {
    const json &six = r["lanes"][0]["taps"][t], &seven = r["lanes"][1]["taps"][t];
    EXPECT_EQ(six["seen"], 84);
    EXPECT_EQ(six["since_tx"]["count"], 50);
    ASSERT_EQ(six["since_tx"]["trains_ns"].size(), 7u);
    ASSERT_EQ(seven["since_tx"]["trains_ns"].size(), 6u);
    for (const json& median : seven["since_tx"]["trains_ns"]) EXPECT_GT(median, 0);
    for (std::size_t k = 0; k < 7; ++k) {
      // The third is lost, and of the last its four untimed packets alone were sent.
      EXPECT_EQ(six["since_tx"]["trains_ns"][k].is_number(), k != 2 && k != 6) << k;
    }
  }
}

TEST_F(Control, ArmingAndDisarmingTakesLittle) {
  arm({{"path", "bridge"}, {"taps", {end_tap()}}, {"sinks", sinks()}});
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  constexpr int kTurns = 5;
  for (int i = 0; i < kTurns; ++i) {
    arm({{"path", "bridge"}, {"taps", all_taps()}});
    disarm({{"path", "bridge"}, {"taps", {"wire", "port"}}});
  }
  const auto each =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count() / kTurns;
  RecordProperty("arm_and_disarm_two_taps_us", static_cast<int>(each));
  fmt::print("arm and disarm of two taps: {} us\n", each);
}

TEST_F(Control, CollectDoesNotWaitPastItsTimeout) {
  arm({{"path", "bridge"}, {"taps", all_taps()}, {"sinks", sinks()}});
  call("expect", {{"lanes", {lane("bridge", 5)}}});
  ProbeSender(box_.tester(), "t0").send_many(5, 0, 90);
  const json r = call("collect", {{"lanes", {lane("bridge", 5, 100)}}, {"timeout_ms", 100}});
  for (const auto& t : r["lanes"][0]["taps"]) {
    EXPECT_EQ(t["seen"], 90);
    EXPECT_EQ(t["lost"], 10);
  }
}

TEST_F(Control, SeveralPathsAtOnceKeepApart) {
  arm({{"path", "a"}, {"taps", {end_tap()}}, {"sinks", sinks()}});
  arm({{"path", "b"}, {"taps", {tap("wire", box_.dut(), "d0")}}});
  call("expect", {{"lanes", {lane("b", 2), lane("a", 1)}}});
  ProbeSender sender(box_.tester(), "t0");
  // collect waits for a lane's own packets, not for others': b has its own before the last packet of a's.
  sender.send_many(1, 0, 99);
  sender.send_many(2, 0, 50);
  sender.send_many(1, 99, 1);
  const json r = call("collect", {{"lanes", {lane("a", 1, 100), lane("b", 2, 50)}}, {"timeout_ms", 2000}});
  const json &a = r["lanes"][0], &b = r["lanes"][1];
  EXPECT_EQ(a["path"], "a");
  EXPECT_EQ(a["taps"][0]["seen"], 100);
  EXPECT_EQ(a["foreign"], 50);
  EXPECT_EQ(b["taps"][0]["seen"], 50);
  EXPECT_GE(b["foreign"], 99);
  EXPECT_LE(b["foreign"], 100);
}

TEST_F(Control, SeveralPathsAreArmedAtOnceAllOrNone) {
  const json a = {{"path", "a"}, {"taps", {end_tap()}}, {"sinks", sinks()}},
             b = {{"path", "b"},
                  {"taps", {tap("wire", box_.dut(), "d0"), tap("port", box_.dut(), "v0", "out")}}};
  const json broken = {{"path", "c"}, {"taps", {tap("x", box_.dut(), "nope")}}};
  EXPECT_EQ(refusal("arm", {{"paths", {a, b, broken}}}).code, Exit::kMissing);
  EXPECT_EQ(packet_sockets(box_.dut()) + packet_sockets(box_.container()), 0);
  EXPECT_EQ(refusal("disarm", {{"paths", {{{"path", "a"}}}}}).code, Exit::kUsage);

  const json both = call("arm", {{"paths", {a, b}}})["paths"];
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[1]["path"], "b");
  EXPECT_EQ(both[1]["taps"][1]["name"], "port");
  EXPECT_EQ(packet_sockets(box_.dut()), 2);
  const json none = {{"path", "nope"}};
  EXPECT_NE(refusal("disarm", {{"paths", {{{"path", "a"}}, none}}}).what.find("nope"), std::string::npos);
  EXPECT_EQ(packet_sockets(box_.container()), 1);

  const json fewer = {{"path", "b"}, {"taps", {"wire"}}}, whole = {{"path", "a"}};
  call("disarm", {{"paths", {whole, fewer}}});
  EXPECT_EQ(packet_sockets(box_.container()), 0);
  EXPECT_EQ(packet_sockets(box_.dut()), 1);
  call("expect", {{"lanes", {lane("b", 1)}}});
  EXPECT_EQ(refusal("expect", {{"lanes", {lane("a", 1)}}}).code, Exit::kUsage);
}

TEST_F(Control, ArmingWhatIsThereLeavesTheSlotAlone) {
  arm({{"path", "bridge"}, {"taps", {end_tap()}}, {"sinks", sinks()}});
  call("expect", {{"lanes", {lane("bridge", 1)}}});
  ProbeSender(box_.tester(), "t0").send_many(1, 0, 40);
  EXPECT_EQ(arm({{"path", "bridge"}, {"taps", {end_tap()}}})["taps"].size(), 1u);
  EXPECT_EQ(arm({{"path", "bridge"}})["taps"].size(), 1u);
  const json r = call("collect", {{"lanes", {lane("bridge", 1, 40)}}, {"timeout_ms", 2000}});
  EXPECT_EQ(r["lanes"][0]["taps"][0]["seen"], 40);
}

TEST_F(Control, MistakesAreAnsweredAndServedOn) {
  EXPECT_EQ(refusal("expect", {{"lanes", {lane("bridge", 1)}}}).code, Exit::kUsage);
  EXPECT_EQ(refusal_of("arm", {{"taps", json::array()}}).code, Exit::kUsage);
  EXPECT_EQ(refusal_of("arm", {{"path", "bridge"}, {"taps", "wire"}}).code, Exit::kUsage);
  EXPECT_EQ(refusal_of("arm", {{"path", "bridge"}, {"taps", {{{"name", "x"}}}}}).code, Exit::kUsage);
  const Error missing =
      refusal_of("arm", {{"path", "bridge"}, {"taps", {end_tap(), tap("x", box_.dut(), "nope")}}});
  EXPECT_EQ(missing.code, Exit::kMissing);
  EXPECT_NE(missing.hint.find("v0"), std::string::npos) << missing.hint;
  EXPECT_EQ(packet_sockets(box_.container()), 0);  // all or none
  json other_kind = end_tap();
  other_kind["kind"] = "telepathy";
  EXPECT_EQ(refusal_of("arm", {{"path", "bridge"}, {"taps", {other_kind}}}).code, Exit::kUsage);
  arm({{"path", "bridge"}, {"taps", {end_tap()}}});
  EXPECT_EQ(refusal("collect", {{"lanes", {lane("bridge", 1, 1)}}}).code, Exit::kUsage);
  EXPECT_EQ(refusal_of("disarm", {{"path", "nope"}}).code, Exit::kUsage);
  call("ping", json::object());
}

TEST_F(Control, ARefusedSlotChangesNothing) {
  arm({{"path", "bridge"}, {"taps", {end_tap()}}, {"sinks", sinks()}});
  call("expect", {{"lanes", {lane("bridge", 1)}}});
  ProbeSender(box_.tester(), "t0").send_many(1, 0, 40);
  const Error unarmed = refusal("expect", {{"lanes", {lane("bridge", 2), lane("nope", 3)}}});
  EXPECT_EQ(unarmed.code, Exit::kUsage);
  EXPECT_NE(unarmed.what.find("nope"), std::string::npos) << unarmed.what;
  json many = json::array();
  for (std::uint16_t flow = 0; flow < 257; ++flow) many.push_back(lane("bridge", flow));
  EXPECT_EQ(refusal("expect", {{"lanes", many}}).code, Exit::kUsage);
  EXPECT_NE(refusal("collect", {{"lanes", {lane("bridge", 2, 40)}}}).what.find("flow 2"), std::string::npos);
  const json r = call("collect", {{"lanes", {lane("bridge", 1, 40)}}, {"timeout_ms", 2000}});
  EXPECT_EQ(r["lanes"][0]["taps"][0]["seen"], 40);
  EXPECT_EQ(refusal("collect", {{"lanes", {lane("bridge", 1, 40)}}}).code, Exit::kUsage);  // it is over
}

TEST_F(Control, EveryLaneOfTheSlotIsCollected) {
  arm({{"path", "bridge"}, {"taps", {end_tap()}}});
  call("expect",
       {{"lanes", {lane("bridge", 1), lane("bridge", 2)}}, {"train", {{"packets", 16}, {"untimed", 6}}}});
  EXPECT_NE(refusal("collect", {{"lanes", {lane("bridge", 1, 0)}}}).what.find("flow 2"), std::string::npos);
  const json beyond = {lane("bridge", 1, 52'417), lane("bridge", 2, 0)};  // 3276 trains have room
  EXPECT_NE(refusal("collect", {{"lanes", beyond}}).hint.find("52416"), std::string::npos);
  arm({{"path", "bridge"}, {"taps", all_taps()}});  // and what changes the path ends its slot
  EXPECT_EQ(refusal("collect", {{"lanes", {lane("bridge", 1, 0), lane("bridge", 2, 0)}}}).code, Exit::kUsage);
}

TEST_F(Control, TheEndOfTheChannelClosesEverything) {
  arm({{"path", "bridge"}, {"taps", all_taps()}, {"sinks", sinks()}});
  EXPECT_EQ(packet_sockets(box_.dut()), 2);
  child_.reset();
  EXPECT_EQ(packet_sockets(box_.dut()), 0);
}

}  // namespace
}  // namespace hopcost::analyzer
