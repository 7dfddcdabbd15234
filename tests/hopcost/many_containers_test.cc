// Many containers of each mode: where packets go, what is asked of the children, and how evenly each is
// served.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "campaign/bench/dealing.h"
#include "campaign/bench/layout.h"
#include "campaign/bench/requests.h"
#include "campaign/bench/slot.h"
#include "campaign/figures/fairness.h"
#include "campaign/figures/fold.h"
#include "tests/hopcost/paths.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr double kLostPacket = std::numeric_limits<double>::infinity();

Load load_of(std::uint32_t containers, Deal deal = Deal::kSpread) {
  Load load;
  load.containers = containers;
  load.deal = deal;
  return load;
}

std::map<std::size_t, int> counts(const Dealing& dealing) {
  std::map<std::size_t, int> of;
  for (const std::size_t c : dealing.order()) ++of[c];
  return of;
}

TEST(Dealing, SpreadGoesToEachOnceBeforeAnyComesAgain) {
  Random random(7);
  const Dealing dealing = Dealing::draw(load_of(8), 64, random);
  ASSERT_EQ(dealing.order().size(), 64u);
  for (std::size_t deck = 0; deck < 64; deck += 8) {
    std::vector<std::size_t> own(dealing.order().begin() + deck, dealing.order().begin() + deck + 8);
    std::ranges::sort(own);
    EXPECT_EQ(own, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  }
  const auto& o = dealing.order();
  EXPECT_FALSE(std::equal(o.begin(), o.begin() + 8, o.begin() + 8)) << "in an order drawn anew";
  EXPECT_TRUE(dealing.measured(0) && dealing.measured(1));
  EXPECT_EQ(dealing.container(64 + 3), o[3]) << "longer lanes begin anew";
}

TEST(Dealing, AimedGoesToOneEveryOtherTimeAndTheOthersGetTheRest) {
  Random random(7);
  const Dealing dealing = Dealing::draw(load_of(5, Deal::kAimed), 80, random);
  const std::size_t aim = dealing.order().front();
  for (std::size_t i = 0; i < 80; ++i) {
    EXPECT_EQ(dealing.measured(i), i % 2 == 0) << i;
    EXPECT_EQ(dealing.container(i) == aim, i % 2 == 0) << i;
  }
  for (const auto& [container, packets] : counts(dealing)) {
    EXPECT_LT(container, 5u);
    EXPECT_EQ(packets, container == aim ? 40 : 10);
  }
}

TEST(Dealing, AloneIsOneAndEachSlotDrawsItAnew) {
  Random random(1);
  std::map<std::size_t, int> drawn;
  for (int i = 0; i < 60; ++i) {
    const Dealing dealing = Dealing::draw(load_of(3, Deal::kAlone), 100, random);
    EXPECT_EQ(counts(dealing).size(), 1u);
    EXPECT_TRUE(dealing.measured(99));
    ++drawn[dealing.container(50)];
  }
  EXPECT_EQ(drawn.size(), 3u);
}

// With 1024 each place of a train of 16 would always be the same container's.
TEST(Dealing, AnOrderOfAManyIsNoMultipleOfATrain) {
  Random random(1);
  EXPECT_EQ(Dealing::draw(load_of(256), 50'000, random).order().size(), 1021u);
}

TEST(Levels, ContainersAndDealsAreLevels) {
  Config config;
  config.containers = {1, 4};
  config.deals = {Deal::kSpread, Deal::kAimed};
  const auto all = levels(config);
  ASSERT_EQ(all.size(), 3u) << "one container is dealt one way";
  EXPECT_EQ(all[0], Load{});
  EXPECT_EQ(all[1], load_of(4));
  EXPECT_EQ(all[2], load_of(4, Deal::kAimed));
}

TEST(Levels, WhatContainersCanNotHaveIsRefused) {
  const auto refused = [](auto change) {
    Config config;
    config.containers = {4};
    change(config);
    const auto r = validate(config);
    return r ? std::string() : r.error().what;
  };
  EXPECT_EQ(refused([](Config&) {}), "");
  EXPECT_NE(refused([](Config& c) { c.containers = {0}; }), "");
  EXPECT_NE(refused([](Config& c) { c.containers = {257}; }).find("257 containers"), std::string::npos);
  EXPECT_NE(refused([](Config& c) { c.containers.clear(); }), "");
  EXPECT_NE(refused([](Config& c) { c.tap_kind = "af_packet"; }).find("bpf"), std::string::npos);
  EXPECT_NE(refused([](Config& c) { c.attach = {"docker:web"}, c.backend = "af_packet"; }), "");
  EXPECT_NE(refused([](Config& c) { c.tester.nic = c.device.nic = "eth9"; }), "");
  EXPECT_NE(refused([](Config& c) { c.containers = {1}, c.deals = {Deal::kAimed}; }).find("--deal"),
            std::string::npos);
  EXPECT_FALSE(parse_deal("round"));
  EXPECT_EQ(*parse_deal("alone"), Deal::kAlone);
}

ModeFile mode_file(const char* name) {
  auto topology = nsglue::find_topology(name, std::getenv("HOPCOST_TOPOLOGIES"));
  if (!topology) throw std::runtime_error(topology.error().what);
  return {name, std::move(*topology)};
}

TEST(Layout, WithOneContainerIsAsItAlwaysWas) {
  const auto layout = layout_of({mode_file("host"), mode_file("bridge"), mode_file("macvlan")}, {Load{}});
  ASSERT_TRUE(layout);
  ASSERT_EQ(layout->topologies.size(), 4u);
  EXPECT_EQ(layout->topologies[1].taps.size(), 3u);
  for (std::size_t lane = 0; lane < 3; ++lane) EXPECT_EQ(layout->at(0, 0)[lane].path, lane);
  EXPECT_EQ(layout->at(0, 0)[3].path, 0u) << "=host";
  EXPECT_EQ(layout->at(0, 0)[4].path, 3u) << "host#2";
}

TEST(Layout, AModeHasAPathForEachNumberAndHostOneForAll) {
  const auto layout = layout_of({mode_file("host"), mode_file("bridge"), mode_file("veth")},
                                {load_of(4), load_of(4, Deal::kAimed), Load{}, load_of(2)});
  ASSERT_TRUE(layout);
  std::vector<std::string> names;
  for (const auto& t : layout->topologies) names.push_back(t.name);
  EXPECT_EQ(names, (std::vector<std::string>{"host", "bridge.x4", "veth.x4", "bridge", "veth", "bridge.x2",
                                             "veth.x2", "host"}));
  const auto paths = [&](std::size_t level) {
    std::vector<std::size_t> all;
    for (const Lane& l : layout->at(level, 0)) all.push_back(l.path);
    return all;
  };
  EXPECT_EQ(paths(0), (std::vector<std::size_t>{0, 1, 2, 0, 7}));
  EXPECT_EQ(paths(1), paths(0));
  EXPECT_EQ(paths(2), (std::vector<std::size_t>{0, 3, 4, 0, 7}));
  EXPECT_EQ(paths(3), (std::vector<std::size_t>{0, 5, 6, 0, 7}));
  for (const std::size_t bridge : {1u, 3u, 5u}) {
    ASSERT_EQ(layout->topologies[bridge].taps.size(), 1u) << "what all levels can be compared by";
    EXPECT_EQ(layout->topologies[bridge].taps[0].name, "wire");
  }
  EXPECT_FALSE(layout->topologies[0].taps.empty());
}

std::vector<std::size_t> paths_of(const Layout& layout, std::size_t instance) {
  std::vector<std::size_t> paths;
  for (const Lane& lane : layout.at(0, instance)) paths.push_back(lane.path);
  return paths;
}

TEST(Layout, SideBySideEachInstanceHasPathsOfItsOwn) {
  auto one = layout_of({mode_file("host"), mode_file("bridge"), mode_file("macvlan")}, {Load{}});
  ASSERT_TRUE(one);
  const Layout three = side_by_side(std::move(*one), 3);
  ASSERT_EQ(three.topologies.size(), 12u);
  EXPECT_EQ(paths_of(three, 0), (std::vector<std::size_t>{0, 1, 2, 0, 3}));
  EXPECT_EQ(paths_of(three, 1), (std::vector<std::size_t>{4, 5, 6, 4, 7}));
  EXPECT_EQ(paths_of(three, 2), (std::vector<std::size_t>{8, 9, 10, 8, 11}));
  for (const Lane& lane : three.at(0, 2)) {
    const std::string mode = lane.role == Role::kMode ? lane.name : "host";
    EXPECT_EQ(three.topologies[lane.path].name, mode) << lane.name;
  }
}

// Three virtual machines, or three pairs of Open vSwitch's daemons, would keep the machine busy by standing
// there.
TEST(Layout, WhatRunsProgramsOfOthersStandsOnce) {
  auto one = layout_of({mode_file("host"), mode_file("ovs"), mode_file("vm"), mode_file("bridge")}, {Load{}});
  ASSERT_TRUE(one);
  const Layout two = side_by_side(std::move(*one), 2);
  EXPECT_EQ(two.topologies.size(), 5u + 3u) << "host, bridge and host#2 stand twice";
  EXPECT_EQ(paths_of(two, 0), (std::vector<std::size_t>{0, 1, 2, 3, 0, 4}));
  EXPECT_EQ(paths_of(two, 1), (std::vector<std::size_t>{5, 1, 2, 6, 5, 7}));
}

TEST(Layout, AModeOfASingleContainerIsRefusedWithTheReason) {
  const auto layout = layout_of({mode_file("host"), mode_file("macvlan-passthru")}, {load_of(2)});
  ASSERT_FALSE(layout);
  EXPECT_NE(layout.error().what.find("passthru"), std::string::npos);
}

/// Host, and a bridge with three containers.
std::vector<Path> three_containers() {
  std::vector<Path> paths = {bridge_path("h"), bridge_path("b"), bridge_path("h2")};
  for (int c = 0; c < 3; ++c) {
    nsglue::Realised one = paths[1].built;
    one.target.mac = fmt::format("02:00:00:0{}:00:02", c);
    one.target.ipv4 = fmt::format("198.18.0.{}", 2 + 16 * c);
    one.sinks = {{fmt::format("hc-b-container_{}", c + 1), 9}, {"hc-b-dut", 19}};
    paths[1].built.containers.push_back(one);
  }
  paths[1].points = points_of(paths[1], kBpfTaps, false);
  return paths;
}

TEST(Requests, ManyEndsAreOneTap) {
  const auto paths = three_containers();
  const json end = taps_for(paths[1], kBpfTaps, false, {}).back();
  EXPECT_EQ(end["port"], 9);
  EXPECT_EQ(end["also"], (json{{{"netns", "hc-b-container_2"}, {"port", 9}},
                               {{"netns", "hc-b-container_3"}, {"port", 9}}}));
  EXPECT_FALSE(taps_for(paths[0], kBpfTaps, false, {}).back().contains("also"));
}

TEST(Requests, FramesGoToTheContainersInTheOrderThatWasDealt) {
  const auto paths = three_containers();
  const auto lanes = lanes_for({"host", "bridge"});
  const std::vector<std::size_t> order = {1, 0, 2, 3};
  Random random(5);
  const Dealing dealing = Dealing::draw(load_of(3), 6, random);
  const SlotRequest slot{.lanes = lanes,
                         .order = order,
                         .paths = paths,
                         .load = load_of(3),
                         .trains = {},
                         .rounds = 1,
                         .gap = "constant",
                         .first_flow = 100,
                         .dealing = &dealing};
  const json run = run_request(slot);
  std::string macs, addresses;
  for (const std::size_t c : dealing.order()) {
    macs += fmt::format("{}02:00:00:0{}:00:02", macs.empty() ? "" : "|", c);
    addresses += fmt::format("{}198.18.0.{}", addresses.empty() ? "" : "|", 2 + 16 * c);
  }
  EXPECT_EQ(run["lanes"][0]["profile"], "eth(src=02:00:00:00:00:01,dst=" + macs +
                                            ")/ipv4(src=198.18.0.1,dst=" + addresses +
                                            ")/udp(src_port=9,dst_port=9) size=64 id=101");
  EXPECT_EQ(run["lanes"][1]["profile"],
            "eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02)/ipv4(src=198.18.0.1,dst=198.18.0.2)/"
            "udp(src_port=9,dst_port=9) size=64 id=100")
      << "all lanes of a run are of one kind";
  EXPECT_EQ(collect_request(slot, json::array())["times"], true);
}

/// A slot of one lane with two trains of `times`, of which the first packet is untimed.
SlotResult slot_with(std::vector<double> times) {
  SlotResult slot;
  slot.lanes.resize(1);
  LaneSlot& lane = slot.lanes[0];
  lane.taps.resize(1);
  lane.pairs = {{0}};
  lane.times = {std::move(times)};
  return slot;
}

TEST(Part, EachContainerHasTheTimesOfItsPackets) {
  Random random(3);
  const Dealing dealing = Dealing::draw(load_of(2), 8, random);
  SlotResult slot = slot_with({11, 12, 13, 21, kLostPacket, 23});
  ASSERT_TRUE(part(slot, dealing, {4, 1}, 1));
  const std::size_t packets[] = {1, 2, 3, 5, 6, 7};
  const double times[] = {11, 12, 13, 21, kLostPacket, 23};
  std::vector<std::vector<double>> expected(2);
  for (int i = 0; i < 6; ++i) expected[dealing.container(packets[i])].push_back(times[i]);
  EXPECT_EQ(slot.lanes[0].containers, expected);
  EXPECT_EQ(slot.lanes[0].pairs, (std::vector<std::vector<double>>{{0}})) << "costs are of all packets";
}

TEST(Part, OfOneThatIsAimedAtTheBackgroundIsLeftOut) {
  Random random(3);
  const Dealing dealing = Dealing::draw(load_of(4, Deal::kAimed), 8, random);
  // Packets 1 2 3 and 5 6 7, of which 2 and 6 are aimed.
  SlotResult slot = slot_with({900, 12, 900, 900, 26, 900});
  ASSERT_TRUE(part(slot, dealing, {4, 1}, 1));
  EXPECT_EQ(slot.lanes[0].pairs, (std::vector<std::vector<double>>{{19}}));
  EXPECT_EQ(slot.lanes[0].end_to_end.count(), 2u);
  EXPECT_TRUE(slot.lanes[0].containers.empty());
  SlotResult lost = slot_with({900, 12, 900, 900, kLostPacket, 900});
  ASSERT_TRUE(part(lost, dealing, {4, 1}, 1));
  EXPECT_EQ(lost.lanes[0].pairs[0][0], kLostPacket);
  EXPECT_EQ(lost.lanes[0].end_to_end.count(), 1u);
  EXPECT_EQ(lost.lanes[0].own_lost, 1u);
  SlotResult others = slot_with({kLostPacket, 12, 900, 900, 26, kLostPacket});
  ASSERT_TRUE(part(others, dealing, {4, 1}, 1));
  EXPECT_EQ(others.lanes[0].own_lost, 0u) << "what the background loses is not the aimed one's";
}

TEST(Part, ASlotWithoutTheTimesOfPacketsIsAnError) {
  Random random(3);
  SlotResult slot = slot_with({1});
  slot.lanes[0].times.clear();
  EXPECT_FALSE(part(slot, Dealing::draw(load_of(2), 8, random), {4, 1}, 1));
}

/// Eight builds of host and a mode with two containers.
Measured two_containers(std::vector<std::vector<double>> times) {
  Measured m;
  m.lanes = lanes_for({"host", "bridge"});
  m.levels = {load_of(2)};
  for (int b = 0; b < 8; ++b) {
    SlotResult slot;
    slot.lanes.resize(4);
    for (LaneSlot& l : slot.lanes) {
      l.taps.resize(1);
      l.pairs = {{1000}};
      l.containers = {{1000, 1000}, {1000, 1000}};
    }
    slot.lanes[1].containers = times;
    BuildFigures build;
    build.levels = {fold({&slot}, {1, 1, 1, 1}, 3)};
    m.builds.push_back(std::move(build));
  }
  return m;
}

TEST(Fairness, IsOfBuildsAndOfEachContainer) {
  const auto f = fairness_of(two_containers({{990, 1000, 1010}, {3000, 3000, 3000}}), 0, 1);
  ASSERT_TRUE(f);
  EXPECT_DOUBLE_EQ(*f->latency.value, 16.0 / 20);
  EXPECT_TRUE(f->latency.known);
  EXPECT_DOUBLE_EQ(*f->delivery.value, 1);
  ASSERT_EQ(f->containers.size(), 2u);
  EXPECT_EQ(f->containers[0].p50.shift().estimate, 1000);
  EXPECT_EQ(f->containers[1].p50.shift().estimate, 3000);
  EXPECT_EQ(f->containers[1].timed, 24u);
  EXPECT_EQ(f->containers[1].lost, 0u);
  EXPECT_DOUBLE_EQ(*fairness_of(two_containers({{1}, {1}}), 0, 0)->latency.value, 1) << "host's";
}

TEST(Fairness, OneThatLosesAllHasNoTimeAndIsNotServed) {
  const auto f = fairness_of(two_containers({{1000, 1000}, {kLostPacket, kLostPacket}}), 0, 1);
  ASSERT_TRUE(f);
  EXPECT_DOUBLE_EQ(*f->latency.value, 1) << "of the one that has times";
  EXPECT_DOUBLE_EQ(*f->delivery.value, 0.5);
  EXPECT_EQ(f->containers[1].lost, 16u);
  EXPECT_EQ(f->containers[1].p50.builds(), 0u);
}

TEST(Fairness, IsOfSpreadPacketsAlone) {
  Measured m = two_containers({{1}, {1}});
  m.levels = {load_of(2, Deal::kAimed)};
  EXPECT_FALSE(fairness_of(m, 0, 1));
  m.levels = {Load{}};
  EXPECT_FALSE(fairness_of(m, 0, 1));
}

}  // namespace
}  // namespace hopcost::campaign
