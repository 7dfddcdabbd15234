// What the children are asked for a slot, as doc/control-protocol.md has it.
#include "campaign/bench/requests.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/hopcost/paths.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

const std::vector<Lane> kLanes = lanes_for({"host", "bridge"});
const std::vector<std::size_t> kInOrder = {0, 1, 2, 3}, kDrawn = {2, 3, 0, 1};
const std::vector<Path> kPaths = {bridge_path("h-0"), bridge_path("b-0"), bridge_path("h2-0")};

SlotRequest request(const std::vector<std::size_t>& order = kInOrder) {
  return {.lanes = kLanes,
          .order = order,
          .paths = kPaths,
          .load = {20'000, 128, 4},
          .trains = {16, 6},
          .rounds = 10,
          .gap = "poisson",
          .first_flow = 65'534,
          .seed = 77,
          .sender_cpu = 1};
}

TEST(Lanes, AreTheModesAndTwoControls) {
  ASSERT_EQ(kLanes.size(), 4u);
  const auto is = [&](std::size_t i, const char* name, std::size_t path, Role role) {
    return kLanes[i].name == name && kLanes[i].path == path && kLanes[i].role == role;
  };
  EXPECT_TRUE(is(0, "host", 0, Role::kMode));
  EXPECT_TRUE(is(1, "bridge", 1, Role::kMode));
  EXPECT_TRUE(is(2, "=host", 0, Role::kRepeat)) << "host's own path";
  EXPECT_TRUE(is(3, "host#2", 2, Role::kInstance)) << "a path of its own";
}

TEST(Requests, ALaneSendsATrainTwiceARound) {
  EXPECT_EQ(packets_a_lane(10, {16, 6}, {20'000, 128, 4}), 2u * 10 * 16 * 4);
}

TEST(Requests, ExpectNamesEachLaneAndItsTrainsInPackets) {
  const json expected = {{"lanes",
                          {{{"path", "h-0"}, {"flow", 65'534}},
                           {{"path", "b-0"}, {"flow", 65'535}},
                           {{"path", "h-0"}, {"flow", 0}},
                           {{"path", "h2-0"}, {"flow", 1}}}},
                         {"train", {{"packets", 64}, {"untimed", 24}}},
                         {"sender_cpu", 1}};
  EXPECT_EQ(expect_request(request()), expected);
}

// Who plants delays, loss and copies (selftest) knows a lane by its flow.
TEST(Requests, ALaneKeepsItsFlowWhateverItsPlace) {
  const json lanes = expect_request(request(kDrawn))["lanes"];
  EXPECT_EQ(lanes[0], (json{{"path", "h-0"}, {"flow", 0}}));
  EXPECT_EQ(lanes[3], (json{{"path", "b-0"}, {"flow", 65'535}}));
  EXPECT_EQ(run_request(request(kDrawn))["lanes"][1]["flow"], 1);
  const json sent = {{{"sent", 102}}, {{"sent", 103}}, {{"sent", 100}}, {{"sent", 101}}};
  EXPECT_EQ(collect_request(request(kDrawn), sent)["lanes"][3],
            (json{{"path", "b-0"}, {"flow", 65'535}, {"sent", 101}}));
}

TEST(Requests, FramesAreOfTheFamilyAskedFor) {
  std::vector<Path> paths = kPaths;
  for (Path& p : paths) p.built.sender.ipv6 = "2001:2::1", p.built.target.ipv6 = "2001:2::2";
  const auto frame = [&](bool ipv6) {
    const SlotRequest asked{.lanes = kLanes,
                            .order = kInOrder,
                            .paths = paths,
                            .load = {},
                            .trains = {},
                            .rounds = 1,
                            .gap = "constant",
                            .ipv6 = ipv6};
    return run_request(asked)["lanes"][1]["frame"];
  };
  EXPECT_EQ(frame(false)["dst_ip"], "198.18.0.2");
  EXPECT_EQ(frame(true)["src_ip"], "2001:2::1");
  EXPECT_EQ(frame(true)["dst_ip"], "2001:2::2");
}

TEST(Requests, RunSendsLanesInMirroredTurns) {
  const json run = run_request(request());
  ASSERT_EQ(run["lanes"].size(), 4u);
  EXPECT_EQ(run["lanes"][3]["port"], "h2-0");
  EXPECT_EQ(run["lanes"][2]["flow"], 0);
  EXPECT_EQ(run["lanes"][1]["frame"], (json{{"size", 128},
                                            {"src_mac", "02:00:00:00:00:01"},
                                            {"dst_mac", "02:00:00:00:00:02"},
                                            {"src_ip", "198.18.0.1"},
                                            {"dst_ip", "198.18.0.2"},
                                            {"src_port", 9},
                                            {"dst_port", 9}}));
  EXPECT_EQ(run["turns"], (json{{"train", 16}, {"mirrored", true}, {"seed", 77}}));
  EXPECT_EQ(run["rounds"], 10);
  EXPECT_EQ(run["rate_pps"], 20'000);
  EXPECT_EQ(run["burst"], 4);
  EXPECT_EQ(run["gap"], "poisson");
  EXPECT_NE(run["seed"], run["turns"]["seed"]) << "gaps and order are drawn apart";
  EXPECT_FALSE(run.contains("count") || run.contains("duration_ns")) << "rounds alone end it";
}

TEST(Requests, CollectSaysWhatWasSentOnEachLane) {
  const json sent = {{{"sent", 100}}, {{"sent", 101}}, {{"sent", 102}}, {{"sent", 103}}};
  const json collect = collect_request(request(), sent);
  ASSERT_EQ(collect["lanes"].size(), 4u);
  EXPECT_EQ(collect["lanes"][1], (json{{"path", "b-0"}, {"flow", 65'535}, {"sent", 101}}));
  EXPECT_EQ(collect["lanes"][2], (json{{"path", "h-0"}, {"flow", 0}, {"sent", 102}}));
  EXPECT_GT(collect["timeout_ms"], 0);
  EXPECT_EQ(collect_request(request(), json::array())["lanes"][3]["sent"], 0)
      << "an answer that is too short";
}

}  // namespace
}  // namespace hopcost::campaign
