// Trains against medians worked out by hand.
#include "analyzer/correlate/train_times.h"

#include <gtest/gtest.h>

#include <cmath>

#include "analyzer/correlate/correlator.h"
#include "tests/analyzer/start.h"

namespace hopcost::analyzer {
namespace {

constexpr std::uint16_t kLaneFlow = 17;

Correlator lane_of(TrainShape shape, std::uint64_t first = 0, std::size_t taps = 1) {
  Correlator c(taps, {.window = 4096, .max_flows = 1});
  c.expect(kLaneFlow, {.first_sequence = first, .train = shape});
  return c;
}

/// A probe that tap `tap` sees `ns` after it was sent.
void pass_in_train(Correlator& c, std::uint64_t sequence, std::int64_t ns, unsigned tap = 0) {
  const std::uint64_t tx =
      kStart + 1000 * static_cast<std::uint64_t>(static_cast<std::int64_t>(sequence << 16) >> 16);
  c.probe(tap, {kLaneFlow, sequence & kProbeSequenceMask, tx}, tx + static_cast<std::uint64_t>(ns),
          StampKind::kTap);
}

TEST(Trains, TheFirstOfEachAreCountedAndGiveNoTime) {
  auto c = lane_of({.packets = 5, .untimed = 2}, 0, 2);
  for (std::uint64_t s = 0; s < 10; ++s) {
    pass_in_train(c, s, s % 5 < 2 ? 90'000 : 100 + static_cast<std::int64_t>(s));
    pass_in_train(c, s, s % 5 < 2 ? 190'000 : 150 + static_cast<std::int64_t>(s), 1);
  }
  c.close();
  EXPECT_EQ(c.tap(0).seen, 10u);
  EXPECT_EQ(c.tap(0).since_tx.count(), 6u);
  EXPECT_EQ(c.tap(0).since_tx.sum_ns, 6 * 100 + 2 + 3 + 4 + 7 + 8 + 9);
  EXPECT_EQ(c.hop(0).latency.count(), 6u);
  EXPECT_EQ(c.hop(0).latency.sum_ns, 300);
  EXPECT_EQ(c.train_medians(0, 10), (std::vector{103.0, 108.0}));
  EXPECT_EQ(c.train_medians(1, 10), (std::vector{153.0, 158.0}));
}

TEST(Trains, TheMedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle) {
  auto c = lane_of({.packets = 4, .untimed = 0});
  for (const auto& [s, ns] : {std::pair{0u, 10}, {1u, 40}, {2u, 21}, {3u, 20}}) pass_in_train(c, s, ns);
  EXPECT_EQ(c.train_medians(0, 4), std::vector{20.5});
}

TEST(Trains, ALostPacketCountsAsInfinite) {
  auto c = lane_of({.packets = 4, .untimed = 0});
  for (const auto& [s, ns] : {std::pair{0u, 10}, {1u, 20}, {2u, 30}}) pass_in_train(c, s, ns);  // 3 is lost
  for (const auto& [s, ns] : {std::pair{4u, 10}, {5u, 20}}) pass_in_train(c, s, ns);            // 6 and 7 are
  const auto medians = c.train_medians(0, 12);
  ASSERT_EQ(medians.size(), 3u);
  EXPECT_EQ(medians[0], 25);  // of 10, 20, 30, infinity
  EXPECT_TRUE(std::isinf(medians[1]));
  EXPECT_TRUE(std::isinf(medians[2]));
}

TEST(Trains, TheLastTrainIsAsLongAsWasSent) {
  auto c = lane_of({.packets = 5, .untimed = 2});
  for (std::uint64_t s = 0; s < 9; ++s) pass_in_train(c, s, 100 + static_cast<std::int64_t>(s));
  EXPECT_EQ(c.train_medians(0, 9), (std::vector{103.0, 107.5}));  // the second one's 7 and 8
  EXPECT_TRUE(std::isinf(c.train_medians(0, 7).back()));          // none of its timed ones was sent
  EXPECT_TRUE(c.train_medians(0, 0).empty());
}

TEST(Trains, OfTwoClocksATimeMayBeBelowZero) {
  auto c = lane_of({.packets = 3, .untimed = 0});
  for (const auto& [s, ns] : {std::pair{0u, -700}, {1u, -900}, {2u, 5}}) pass_in_train(c, s, ns);
  EXPECT_EQ(c.train_medians(0, 3), std::vector{-700.0});
  EXPECT_EQ(c.tap(0).since_tx.negative, 2u);
}

TEST(Trains, ACopyChangesNothing) {
  auto c = lane_of({.packets = 3, .untimed = 0});
  for (std::uint64_t s = 0; s < 3; ++s) pass_in_train(c, s, 100);
  for (std::uint64_t s = 0; s < 3; ++s) pass_in_train(c, s, 900);
  EXPECT_EQ(c.tap(0).duplicates, 3u);
  EXPECT_EQ(c.train_medians(0, 3), std::vector{100.0});
}

TEST(Trains, OrderDoesNotMatterNorWhereTheNumbersBegin) {
  constexpr std::uint64_t kFirst = kProbeSequenceMask - 4;  // goes round the circle of 48 bits
  auto c = lane_of({.packets = 3, .untimed = 1}, kFirst);
  for (const std::uint64_t s : {5u, 3u, 0u, 4u, 1u, 2u, 8u, 7u, 6u})
    pass_in_train(c, kFirst + s, static_cast<std::int64_t>(100 + s));
  pass_in_train(c, kFirst - 1, 1);  // of a slot before
  EXPECT_EQ(c.train_medians(0, 9), (std::vector{101.5, 104.5, 107.5}));
  EXPECT_EQ(c.tap(0).since_tx.count(), 6u);
}

TEST(Trains, AFreshSlotHasNothingOfTheLast) {
  auto c = lane_of({.packets = 2, .untimed = 0});
  for (std::uint64_t s = 0; s < 100; ++s) pass_in_train(c, s, 100);
  c.close();
  c.expect(kLaneFlow, {.train = {.packets = 2, .untimed = 1}});
  pass_in_train(c, 1, 70);
  const auto medians = c.train_medians(0, 100);
  EXPECT_EQ(medians[0], 70);
  for (std::size_t i = 1; i < medians.size(); ++i) EXPECT_TRUE(std::isinf(medians[i]));
  c.expect(kLaneFlow, {});
  EXPECT_FALSE(c.has_trains());
  pass_in_train(c, 0, 70);
  EXPECT_EQ(c.tap(0).since_tx.count(), 1u);
}

TEST(Trains, GiveTheirTimesOneByOne) {
  auto c = lane_of({.packets = 3, .untimed = 1});
  for (const std::uint64_t s : {0u, 1u, 2u, 5u, 3u}) pass_in_train(c, s, static_cast<std::int64_t>(100 + s));
  using Times = std::vector<std::optional<std::int64_t>>;
  EXPECT_EQ(c.train_times(0, 6), (Times{101, 102, std::nullopt, 105})) << "the first of three are untimed";
  EXPECT_EQ(c.train_times(0, 8), (Times{101, 102, std::nullopt, 105, std::nullopt})) << "a cut-off train";
  EXPECT_EQ(c.train_times(0, 4), (Times{101, 102}));
}

TEST(Trains, WhatIsBeyondTheRoomIsDropped) {
  constexpr TrainShape kShape{.packets = 1 << 14, .untimed = 1 << 13};
  EXPECT_EQ(most_packets(kShape), 4u << 14);
  TrainTimes times;
  times.put(TrainTimes::kMost - 1, 7);
  times.put(TrainTimes::kMost, 8);
  times.put(~std::uint64_t{0}, 9);
  times.reset();
  EXPECT_TRUE(std::isinf(times.medians(most_packets({.packets = 1}), {.packets = 1}).back()));
}

}  // namespace
}  // namespace hopcost::analyzer
