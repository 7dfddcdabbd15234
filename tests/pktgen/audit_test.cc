#include "pktgen/audit.h"

#include <gtest/gtest.h>

namespace hopcost::pktgen {
namespace {

TEST(Audit, TicksBecomeNanoseconds) {
  Audit a(2.5, 2500);
  a.departed(1000, 1250);
  EXPECT_EQ(a.late().max(), 100u);
}

TEST(Audit, SharesCountTheLimitIn) {
  Audit a(1.0, 1e6);
  std::uint64_t planned = 0;
  for (const std::uint64_t late : {0, 64, 65, 128, 256, 512, 513, 5000}) {
    planned += 1'000'000;
    a.departed(planned, planned + late);
  }
  EXPECT_DOUBLE_EQ(a.share_within(64), 2.0 / 8);
  EXPECT_DOUBLE_EQ(a.share_within(128), 4.0 / 8);
  EXPECT_DOUBLE_EQ(a.share_within(256), 5.0 / 8);
  EXPECT_DOUBLE_EQ(a.share_within(512), 6.0 / 8);
}

TEST(Audit, GapsAndMicroBursts) {
  Audit a(1.0, 1000);
  a.departed(0, 0);
  a.departed(1000, 1900);  // late by 900
  a.departed(2000, 2000);  // 100 after the one before it
  a.departed(3000, 3000);
  EXPECT_EQ(a.micro_bursts(), 1u);
  EXPECT_EQ(a.gaps().count(), 3u);
  EXPECT_EQ(a.gaps().min(), 100u);
  EXPECT_EQ(a.gap_error().max(), 900u);
  EXPECT_DOUBLE_EQ(a.gaps_within(64), 1.0 / 3);
  EXPECT_DOUBLE_EQ(a.gaps_within(900), 1);
  EXPECT_EQ(a.missed_slots(), 0u);
}

TEST(Audit, AWholeGapLateIsAMissedSlot) {
  Audit a(1.0, 1000);
  a.departed(0, 999);
  EXPECT_EQ(a.missed_slots(), 0u);
  a.departed(1000, 2000);
  EXPECT_EQ(a.missed_slots(), 1u);
  a.never_departed(4);
  EXPECT_EQ(a.missed_slots(), 5u);
}

TEST(Audit, EmptyHasNoShares) {
  EXPECT_EQ(Audit(1.0, 1).share_within(64), 0);
}

TEST(Audit, MergedWorkersAddUp) {
  Audit a(1.0, 1000), b(1.0, 1000);
  a.departed(0, 10);
  a.departed(1000, 1010);
  b.departed(500, 3500);
  b.never_departed(2);
  a.merge(b);
  EXPECT_EQ(a.departures(), 3u);
  EXPECT_EQ(a.late().count(), 3u);
  EXPECT_EQ(a.gaps().count(), 1u);
  EXPECT_EQ(a.missed_slots(), 3u);
}

}  // namespace
}  // namespace hopcost::pktgen
