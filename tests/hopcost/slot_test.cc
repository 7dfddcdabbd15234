#include "campaign/slot.h"

#include <gtest/gtest.h>

#include "stats/hdr_codec.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

std::string histogram_of(std::initializer_list<std::uint64_t> values) {
  HdrHistogram h;
  for (const auto v : values) h.record(v);
  return encode_base64(h);
}

json good_run() {
  return {{"sent", 100},
          {"stopped", false},
          {"audit", {{"achieved_pps", 20000}, {"missed_slots", 0}}},
          {"counters", {{"cycles", 5}, {"missing", "why"}}},
          {"host", {{"steal_ns", 0}, {"clock_step_ns", 0}, {"elapsed_ns", 100'000'000}}}};
}

json good_collected() {
  const auto tap = [](const char* name, std::uint64_t t) {
    return json{{"name", name},
                {"seen", 100},
                {"lost", 0},
                {"ring_drops", 0},
                {"since_tx", {{"histogram", histogram_of({t})}, {"negative", 0}}}};
  };
  return {{"regime", "tap"},
          {"taps", {tap("wire", 300), tap("end", 500)}},
          {"hops",
           {{{"from", "wire"},
             {"to", "end"},
             {"histogram", histogram_of({200})},
             {"negative", 0},
             {"part", "backlog wait"},
             {"cpu",
              {{"same", {{"count", 90}}},
               {"cross", {{"count", 10}, {"histogram", histogram_of({150})}}},
               {"unknown", 1}}}}}},
          {"host", {{"softnet_dropped", 0}, {"steal_ns", 0}}}};
}

std::vector<std::string> gates_broken(const json& run, const json& collected) {
  const auto slot = decode_slot(run, collected);
  EXPECT_TRUE(slot);
  return broken_gates(Gates{}, 20000, *slot, run, collected);
}

TEST(Slot, DecodesBothAnswers) {
  const auto slot = decode_slot(good_run(), good_collected());
  ASSERT_TRUE(slot) << slot.error().what;
  EXPECT_EQ(slot->end_to_end.max(), 500u);
  ASSERT_EQ(slot->hops.size(), 2u);
  EXPECT_EQ(slot->hops[0].from, "tx");
  EXPECT_EQ(slot->hops[1].times.max(), 200u);
  EXPECT_EQ(slot->missing_counters, "why");
  EXPECT_EQ(slot->hops[1].part, "backlog wait");
  EXPECT_EQ(slot->hops[1].cpu.same, 90u);
  EXPECT_EQ(slot->hops[1].cpu.cross, 10u);
  EXPECT_EQ(slot->hops[1].cpu.unknown, 1u);
  EXPECT_EQ(slot->hops[1].cross_times.max(), 150u);
  EXPECT_FALSE(slot->end_cpu.cross_share());
}

TEST(Slot, AnAnswerOfAnotherFormIsAnErrorNotACrash) {
  for (const json& bad : {json::object(), json{{"taps", json::array()}}, json{{"taps", {{{"name", "x"}}}}},
                          json{{"taps", 5}}}) {
    EXPECT_FALSE(decode_slot(good_run(), bad)) << bad;
  }
}

TEST(Slot, AGoodSlotBreaksNoGate) {
  EXPECT_TRUE(gates_broken(good_run(), good_collected()).empty());
}

TEST(Slot, EachGateCatchesItsFault) {
  const auto with = [](json object, const char* pointer, json value) {
    object[json::json_pointer(pointer)] = std::move(value);
    return object;
  };
  const auto only = [](const char* gate) { return std::vector<std::string>{gate}; };
  EXPECT_EQ(gates_broken(with(good_run(), "/stopped", true), good_collected()), only("stopped"));
  EXPECT_EQ(gates_broken(with(good_run(), "/audit/achieved_pps", 19'000), good_collected()), only("rate"));
  EXPECT_EQ(gates_broken(with(good_run(), "/audit/missed_slots", 10), good_collected()), only("late"));
  EXPECT_EQ(gates_broken(with(good_run(), "/host/steal_ns", 30'000'000), good_collected()), only("steal"));
  EXPECT_EQ(gates_broken(with(good_run(), "/host/clock_step_ns", -200'000), good_collected()),
            only("clock_step"));
  EXPECT_EQ(gates_broken(good_run(), with(good_collected(), "/taps/1/ring_drops", 1)), only("ring_drops"));
  EXPECT_EQ(gates_broken(good_run(), with(good_collected(), "/hops/0/negative", 1)), only("negative"));
  EXPECT_EQ(gates_broken(good_run(), with(good_collected(), "/host/softnet_dropped", 1)), only("softnet"));
}

TEST(Slot, ASlowCpuVoidsTheSlotOnce) {
  std::vector<SlotResult> slots(4);
  slots[0].work_ns = 82;
  slots[1].work_ns = 90;
  slots[2].work_ns = 150;  // a neighbour on the core
  slots[3].work_ns = 0;    // not known: no idle moment
  void_slow_slots(Gates{}, slots);
  void_slow_slots(Gates{}, slots);
  EXPECT_TRUE(slots[0].counts() && slots[1].counts() && slots[3].counts());
  EXPECT_EQ(slots[2].voided_by, std::vector<std::string>{"slow_cpu"});
}

// Loss is a result, not a fault of the measurement.
TEST(Slot, LossVoidsNothing) {
  json collected = good_collected();
  collected["taps"][1]["lost"] = 10;
  collected["taps"][1]["seen"] = 90;
  EXPECT_TRUE(gates_broken(good_run(), collected).empty());
}

}  // namespace
}  // namespace hopcost::campaign
