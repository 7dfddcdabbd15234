// What the children answer about a slot, decoded; and the gates.
#include "campaign/bench/slot.h"

#include <gtest/gtest.h>

#include <limits>

#include "stats/hdr_codec.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr double kLostTrain = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kPackets = 128;  // of each lane: two rounds, forwards and backwards, trains of 32

std::string histogram_of(std::initializer_list<std::uint64_t> values) {
  HdrHistogram h;
  for (const auto v : values) h.record(v);
  return encode_base64(h);
}

json sent_lane() {
  return {{"sent", kPackets},
          {"counters",
           {{"packets", kPackets},
            {"cycles", 640},
            {"instructions", nullptr},
            {"context_switches", 0},
            {"page_faults", 0},
            {"missing", "why"}}}};
}

json good_run() {
  return {{"lanes", {sent_lane(), sent_lane()}},
          {"sent", 2 * kPackets},
          {"stopped", false},
          {"tx_errors", 0},
          {"audit", {{"departures", 256}, {"missed_slots", 0}, {"work_ns", 90}}},
          {"host", {{"steal_ns", 0}, {"softnet_squeezed", 0}, {"softnet_dropped", 0}, {"clock_step_ns", 0}}}};
}

json tap(const char* name, std::uint64_t t, const json& trains) {
  return {{"name", name},
          {"seen", kPackets},
          {"lost", 0},
          {"duplicates", 3},
          {"reordered", 2},
          {"ring_drops", 0},
          {"since_tx",
           {{"histogram", histogram_of({t})},
            {"negative", 0},
            {"trains_ns", trains},
            {"cpu", {{"same", {{"count", 60}}}, {"cross", {{"count", 20}}}, {"unknown", 1}}}}}};
}

json seen_lane() {
  return {{"regime", "tap"},
          {"taps", {tap("wire", 300, {290, 310, 320, 300}), tap("end", 500, {500, 510, nullptr, 530})}},
          {"hops",
           {{{"from", "wire"},
             {"to", "end"},
             {"histogram", histogram_of({200})},
             {"part", "backlog wait"},
             {"cpu",
              {{"same", {{"count", 90}}},
               {"cross", {{"count", 10}, {"histogram", histogram_of({150})}}},
               {"unknown", 1}}}}}}};
}

json good_collected() {
  return {{"lanes", {seen_lane(), seen_lane()}}, {"host", {{"clock_step_ns", 0}}}};
}

json with(json object, const char* pointer, json value) {
  object[json::json_pointer(pointer)] = std::move(value);
  return object;
}

Result<SlotResult> decoded(const json& run, const json& collected) {
  return decode_slot(run, collected, {0, 1});
}

// Each slot asks for the lanes in an order of its own; none may get another's figures.
TEST(Slot, EveryLaneGetsItsOwnFigures) {
  const json run = with(good_run(), "/lanes/0/sent", 1),
             collected = with(good_collected(), "/lanes/0/taps/1/seen", 2);
  const auto slot = decode_slot(run, collected, {1, 0});
  ASSERT_TRUE(slot) << slot.error().what;
  EXPECT_EQ(slot->lanes[1].sent, 1u);
  EXPECT_EQ(slot->lanes[1].taps[1].seen, 2u);
  EXPECT_EQ(slot->lanes[0].sent, kPackets);
}

TEST(Slot, AnswersOfMoreOrFewerLanesAreAnError) {
  EXPECT_FALSE(decode_slot(good_run(), good_collected(), {0}));
  EXPECT_FALSE(decode_slot(good_run(), good_collected(), {2, 0, 1}));
}

TEST(Slot, DecodesEveryLane) {
  const auto slot = decoded(good_run(), good_collected());
  ASSERT_TRUE(slot) << slot.error().what;
  ASSERT_EQ(slot->lanes.size(), 2u);
  const LaneSlot& lane = slot->lanes[1];
  EXPECT_EQ(lane.sent, kPackets);
  ASSERT_EQ(lane.taps.size(), 2u);
  EXPECT_EQ(lane.taps[1].name, "end");
  EXPECT_EQ(lane.taps[1].seen, kPackets);
  EXPECT_EQ(lane.taps[1].duplicates, 3u);
  EXPECT_EQ(lane.taps[1].reordered, 2u);
  EXPECT_EQ(lane.end_to_end.max(), 500u);
  EXPECT_EQ(lane.end_cpu.same, 60u);
  EXPECT_DOUBLE_EQ(*lane.end_cpu.cross_share(), 0.25);
  EXPECT_EQ(lane.regime, "tap");
  EXPECT_EQ(*lane.counters[0], 640);
  EXPECT_FALSE(lane.counters[1]) << "null: the machine has no such counter";
  EXPECT_EQ(*lane.counters[2], 0);
  EXPECT_EQ(lane.missing_counters, "why");
}

// Of a train whose border was not read the counters hold nothing (doc/control-protocol.md).
TEST(Slot, CountersSayOfHowManyPacketsTheyAre) {
  const auto slot = decoded(with(good_run(), "/lanes/1/counters/packets", 96), good_collected());
  ASSERT_TRUE(slot) << slot.error().what;
  EXPECT_EQ(slot->lanes[0].counted, kPackets);
  EXPECT_EQ(slot->lanes[1].counted, 96u);
}

TEST(Slot, DecodesHopsFromTheTransmitStampOn) {
  const auto slot = decoded(good_run(), good_collected());
  ASSERT_TRUE(slot) << slot.error().what;
  const auto& hops = slot->lanes[0].hops;
  ASSERT_EQ(hops.size(), 2u);
  EXPECT_EQ(hops[0].from + ">" + hops[0].to, "tx>wire");
  EXPECT_EQ(hops[0].times.max(), 300u);
  EXPECT_EQ(hops[1].from + ">" + hops[1].to, "wire>end");
  EXPECT_EQ(hops[1].times.max(), 200u);
  EXPECT_EQ(hops[1].part, "backlog wait");
  EXPECT_EQ(hops[1].cpu.same, 90u);
  EXPECT_EQ(hops[1].cpu.cross, 10u);
  EXPECT_EQ(hops[1].cpu.unknown, 1u);
  EXPECT_EQ(hops[1].cross_times.max(), 150u);
}

TEST(Slot, TrainsAreMirroredPairsAndALostOneIsInfinite) {
  const auto slot = decoded(good_run(), good_collected());
  ASSERT_TRUE(slot) << slot.error().what;
  const auto& pairs = slot->lanes[0].pairs;
  ASSERT_EQ(pairs.size(), 2u) << "one series a tap";
  EXPECT_EQ(pairs[0], (std::vector<double>{300, 310}));
  EXPECT_EQ(pairs[1], (std::vector<double>{505, kLostTrain}));
}

TEST(Slot, TimesBelowZeroAreCountedApartAndTrainsKeepTheirSign) {
  const auto slot = decoded(good_run(), with(with(good_collected(), "/lanes/0/taps/1/since_tx/negative", 7),
                                             "/lanes/0/taps/1/since_tx/trains_ns", {-20, -10, 0, 4}));
  ASSERT_TRUE(slot) << slot.error().what;
  EXPECT_EQ(slot->lanes[0].negative, 7u);
  EXPECT_EQ(slot->lanes[0].pairs[1], (std::vector<double>{-15, 2}));
}

TEST(Slot, AnAnswerOfAnotherFormIsAnErrorNotACrash) {
  const json good = good_collected();
  for (const json& bad : {
           json::object(),
           json{{"lanes", json::array()}},
           json{{"lanes", 5}},
           json{{"lanes", {seen_lane()}}},
           json{{"lanes", {seen_lane(), json::object()}}},
           with(good, "/lanes/0/taps", json::array()),
           with(good, "/lanes/0/taps", 5),
       }) {
    const auto slot = decoded(good_run(), bad);
    ASSERT_FALSE(slot) << bad;
    EXPECT_EQ(slot.error().code, Exit::kFailure) << bad;
  }
  EXPECT_FALSE(decoded(with(good_run(), "/lanes", json::array({sent_lane()})), good));
  EXPECT_FALSE(decoded(json(), good));
}

// A train's median is a number or null, and there is one for each train: nothing else may pass for lost
// trains.
TEST(Slot, TrainsOfAnotherFormAreAnError) {
  const char* const at = "/lanes/1/taps/0/since_tx/trains_ns";
  for (const json& bad :
       {json(5), json(nullptr), json::object(), json{300, "310"}, json{300, json::array()}}) {
    const auto slot = decoded(good_run(), with(good_collected(), at, bad));
    ASSERT_FALSE(slot) << bad;
    EXPECT_EQ(slot.error().code, Exit::kFailure) << bad;
  }
  json without = good_collected();
  without["lanes"][0]["taps"][1]["since_tx"].erase("trains_ns");
  EXPECT_FALSE(decoded(good_run(), without));
}

// The children's faults are no fault of the command line.
TEST(Slot, AFaultInsideAnAnswerIsAFailureNotAUsageError) {
  const json good = good_collected();
  for (const json& bad : {with(good, "/lanes/1/taps/1/since_tx/histogram", "no base64"),
                          with(good, "/lanes/1/taps/1", "end"), with(good, "/lanes/1/hops/0/histogram", 5),
                          with(good, "/lanes/1/hops/0", nullptr), with(good, "/lanes/1/hops", 5)}) {
    const auto slot = decoded(good_run(), bad);
    ASSERT_FALSE(slot) << bad;
    EXPECT_EQ(slot.error().code, Exit::kFailure) << slot.error().what;
    EXPECT_NE(slot.error().what.find("analyzer"), std::string::npos) << slot.error().what;
  }
  json run = good_run();
  run["lanes"][1].erase("sent");
  const auto unsent = decoded(run, good);
  ASSERT_FALSE(unsent);
  EXPECT_EQ(unsent.error().code, Exit::kFailure);
}

// What disturbs a slot hits all its lanes alike: told, and no gate.
TEST(Slot, DisturbancesAreReadOff) {
  json run = good_run();
  run["host"] = {{"steal_ns", 20'000'000}, {"softnet_squeezed", 4}, {"softnet_dropped", 5}};
  run["audit"]["missed_slots"] = 12;
  const auto slot = decoded(run, good_collected());
  ASSERT_TRUE(slot) << slot.error().what;
  EXPECT_EQ(slot->disturbance.steal_ns, 20'000'000);
  EXPECT_EQ(slot->disturbance.late, 12);
  EXPECT_EQ(slot->disturbance.departures, 256);
  EXPECT_EQ(slot->disturbance.squeezed, 4u);
  EXPECT_EQ(slot->disturbance.dropped, 5u);
  EXPECT_EQ(slot->disturbance.work_ns, 90);
}

TEST(Slot, TheAuditHoldsTheTransmitErrors) {
  const auto slot = decoded(with(good_run(), "/tx_errors", 4), good_collected());
  ASSERT_TRUE(slot) << slot.error().what;
  EXPECT_EQ(slot->audit["tx_errors"], 4);
}

std::vector<std::string> gates_broken(const json& run, const json& collected, const Gates& gates = {}) {
  const auto slot = decoded(run, collected);
  EXPECT_TRUE(slot);
  return broken_gates(gates, kPackets, *slot, run, collected);
}

using Names = std::vector<std::string>;

TEST(Slot, AGoodSlotBreaksNoGate) {
  EXPECT_EQ(gates_broken(good_run(), good_collected()), Names{});
}

TEST(Slot, EachGateCatchesItsFault) {
  const json run = good_run(), seen = good_collected();
  EXPECT_EQ(gates_broken(with(run, "/stopped", true), seen), Names{"stopped"});
  EXPECT_EQ(gates_broken(run, with(seen, "/lanes/1/taps/0/ring_drops", 1)), Names{"ring_drops"});
  EXPECT_EQ(gates_broken(with(run, "/host/clock_step_ns", -100'001), seen), Names{"clock_step"});
  EXPECT_EQ(gates_broken(run, with(seen, "/host/clock_step_ns", 100'001)), Names{"clock_step"});
  EXPECT_EQ(gates_broken(with(run, "/host/clock_step_ns", 100'000), seen), Names{});
}

TEST(Slot, AnAccountThatDoesNotAddUpVoids) {
  const json run = good_run(), seen = good_collected();
  EXPECT_EQ(gates_broken(run, with(seen, "/lanes/1/taps/1/seen", kPackets + 1)), Names{"account"})
      << "more than was sent";
  EXPECT_EQ(gates_broken(run, with(seen, "/lanes/1/taps/0/seen", kPackets - 1)), Names{"account"})
      << "one is neither seen nor lost, at a tap before the end";
  json fewer = seen;
  for (auto& t : fewer["lanes"][0]["taps"]) t["seen"] = kPackets - 16;
  EXPECT_EQ(gates_broken(with(run, "/lanes/0/sent", kPackets - 16), fewer), Names{"account"})
      << "a lane's last train was not sent";
}

TEST(Slot, GatesCanBeSetWider) {
  const Gates wide{2, 500'000};
  EXPECT_EQ(gates_broken(good_run(), with(good_collected(), "/lanes/1/taps/0/ring_drops", 2), wide), Names{});
  EXPECT_EQ(gates_broken(good_run(), with(good_collected(), "/lanes/1/taps/0/ring_drops", 3), wide),
            Names{"ring_drops"});
  EXPECT_EQ(gates_broken(with(good_run(), "/host/clock_step_ns", 400'000), good_collected(), wide), Names{});
}

// Two lanes of one path both tell of its tap: its drops are the same ones.
TEST(Slot, DropsOfATapAreNotCountedOncePerLane) {
  json seen = with(good_collected(), "/lanes/0/taps/0/ring_drops", 2);
  seen["lanes"][1]["taps"][0]["ring_drops"] = 2;
  EXPECT_EQ(gates_broken(good_run(), seen, {2, 0}), Names{});
}

// Lateness, stolen time, squeezes, backlog drops, a slow CPU, times below zero: none of them voids.
TEST(Slot, WhatHitsAllLanesAlikeVoidsNothing) {
  json run = good_run();
  run["host"] = {{"steal_ns", 200'000'000}, {"softnet_squeezed", 1000}, {"softnet_dropped", 1000}};
  run["audit"]["missed_slots"] = 256;
  run["audit"]["achieved_pps"] = 1;
  run["audit"]["work_ns"] = 100'000;
  EXPECT_EQ(gates_broken(run, with(good_collected(), "/lanes/0/taps/1/since_tx/negative", 60)), Names{});
}

// Loss is a result, not a fault of the measurement.
TEST(Slot, LossVoidsNothing) {
  json collected = with(good_collected(), "/lanes/0/taps/1/lost", 10);
  collected["lanes"][0]["taps"][1]["seen"] = kPackets - 10;
  EXPECT_EQ(gates_broken(good_run(), collected), Names{});
}

}  // namespace
}  // namespace hopcost::campaign
