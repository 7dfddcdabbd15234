#include "pktgen/pace/audit.h"

#include <gtest/gtest.h>

namespace hopcost::pktgen {
namespace {

/// Of one lane, which is not added before it is over.
struct OneLaneAudit : Audit {
  using Audit::Audit;
  Lateness lane;
  void departed(std::uint64_t planned, std::uint64_t at, bool awaited) {
    Audit::departed(planned, at, awaited, lane);
  }
};

TEST(Audit, TicksBecomeNanoseconds) {
  OneLaneAudit a(2.5, 2500);
  a.departed(1000, 1250, true);
  EXPECT_EQ(a.lane.late().max(), 100u);
}

TEST(Audit, SharesCountTheLimitIn) {
  OneLaneAudit a(1.0, 1e6);
  std::uint64_t planned = 0;
  for (const std::uint64_t late : {0, 64, 65, 128, 256, 512, 513, 5000}) {
    planned += 1'000'000;
    a.departed(planned, planned + late, true);
  }
  EXPECT_DOUBLE_EQ(a.lane.share_within(64), 2.0 / 8);
  EXPECT_DOUBLE_EQ(a.lane.share_within(128), 4.0 / 8);
  EXPECT_DOUBLE_EQ(a.lane.share_within(256), 5.0 / 8);
  EXPECT_DOUBLE_EQ(a.lane.share_within(512), 6.0 / 8);
}

TEST(Audit, GapsAndMicroBursts) {
  OneLaneAudit a(1.0, 1000);
  a.departed(0, 0, true);
  a.departed(1000, 1900, true);  // late by 900
  a.departed(2000, 2000, true);  // 100 after the one before it
  a.departed(3000, 3000, true);
  EXPECT_EQ(a.micro_bursts(), 1u);
  EXPECT_EQ(a.gaps().count(), 3u);
  EXPECT_EQ(a.gaps().min(), 100u);
  EXPECT_EQ(a.gap_error().max(), 900u);
  EXPECT_DOUBLE_EQ(a.gaps_within(64), 1.0 / 3);
  EXPECT_DOUBLE_EQ(a.gaps_within(900), 1);
  EXPECT_EQ(a.missed_slots(), 0u);
}

// 3500 ns without the CPU while the fourth was awaited: three catch up, and five gaps are off for it.
TEST(Audit, AnInterruptionDisturbsTheGapsAroundIt) {
  OneLaneAudit a(1.0, 1000);
  auto depart = [&a, due = std::uint64_t{0}](std::uint64_t late, bool awaited) mutable {
    due += 1000;
    a.departed(due, due + late, awaited);
  };
  for (const std::uint64_t late : {10, 20, 10, 3500}) depart(late, true);
  for (const std::uint64_t late : {2550, 1600, 650}) depart(late, false);
  for (const std::uint64_t late : {10, 10}) depart(late, true);
  EXPECT_EQ(a.interruptions(), 1u);
  EXPECT_EQ(a.gap_error().count(), 8u);
  EXPECT_EQ(a.undisturbed_gap_error().count(), 3u);
  EXPECT_EQ(a.undisturbed_gap_error().max(), 10u);
  EXPECT_DOUBLE_EQ(a.gaps_within(64), 3.0 / 8);
  EXPECT_DOUBLE_EQ(a.undisturbed_gaps_within(64), 1);
}

// Who needs longer for a packet than there is to the next falls back: its gaps are its own.
TEST(Audit, ASlowSenderIsNotExcused) {
  OneLaneAudit a(1.0, 1000);
  a.departed(1000, 4500, true);  // even where it began with an interruption
  for (std::uint64_t i = 2; i < 10; ++i) a.departed(i * 1000, i * 1000 + 3500 + i * 200, false);
  EXPECT_EQ(a.undisturbed_gap_error().count(), 7u);
  EXPECT_EQ(a.undisturbed_gaps_within(64), 0);
}

TEST(Audit, AWholeGapLateIsAMissedSlot) {
  OneLaneAudit a(1.0, 1000);
  a.departed(0, 999, true);
  EXPECT_EQ(a.lane.missed_slots(), 0u);
  a.departed(1000, 2000, true);
  EXPECT_EQ(a.lane.missed_slots(), 1u);
  a.never_departed(4);
  a.add(a.lane);
  EXPECT_EQ(a.missed_slots(), 5u);
}

TEST(Audit, EmptyHasNoShares) {
  EXPECT_EQ(Audit(1.0, 1).gaps_within(64), 0);
  EXPECT_EQ(Lateness().share_within(64), 0);
}

TEST(Audit, MergedWorkersAddUp) {
  OneLaneAudit a(1.0, 1000), b(1.0, 1000);
  a.departed(0, 10, true);
  a.departed(1000, 1010, true);
  b.departed(500, 3500, true);
  b.never_departed(2);
  a.add(a.lane);
  b.add(b.lane);
  a.merge(b);
  EXPECT_EQ(a.departures(), 3u);
  EXPECT_EQ(a.lateness().late().count(), 3u);
  EXPECT_EQ(a.gaps().count(), 1u);
  EXPECT_EQ(a.missed_slots(), 3u);
}

}  // namespace
}  // namespace hopcost::pktgen
