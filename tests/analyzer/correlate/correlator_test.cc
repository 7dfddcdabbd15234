// Synthetic events against figures worked out by hand.
#include "analyzer/correlate/correlator.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/analyzer/start.h"

namespace hopcost::analyzer {
namespace {

constexpr std::uint16_t kFlow = 17;

/// A probe sent at kStart + 1000 * sequence, which tap t sees 100 * (t + 1) ns later.
void pass(Correlator& c, unsigned tap, std::uint64_t sequence, StampKind kind = StampKind::kTap,
          std::uint16_t flow = kFlow) {
  const std::uint64_t tx =
      kStart + 1000 * static_cast<std::uint64_t>(static_cast<std::int64_t>(sequence << 16) >> 16);
  c.probe(tap, {flow, sequence & kProbeSequenceMask, tx}, tx + 100 * (tap + 1), kind);
}

Correlator slot_of(std::size_t taps, std::uint64_t first = 0, std::size_t window = 4096) {
  Correlator c(taps, {.window = window, .max_flows = 1});
  c.expect(kFlow, {.first_sequence = first});
  return c;
}

TEST(Correlator, HopsAndTimesSinceTransmission) {
  auto c = slot_of(3);
  for (unsigned tap = 0; tap < 3; ++tap) {  // rings are drained one after the other
    for (std::uint64_t s = 0; s < 1000; ++s) pass(c, tap, s);
  }
  c.close();
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(c.tap(i).seen, 1000u);
    EXPECT_EQ(c.tap(i).since_tx.count(), 1000u);
    EXPECT_EQ(c.tap(i).since_tx.sum_ns, static_cast<std::int64_t>(100'000 * (i + 1)));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(c.hop(i).latency.count(), 1000u);
    EXPECT_EQ(c.hop(i).latency.histogram.min(), 100u);
    EXPECT_EQ(c.hop(i).latency.histogram.max(), 100u);
    EXPECT_EQ(c.hop(i).lost + c.hop(i).appeared, 0u);
  }
  EXPECT_EQ(c.evicted(), 0u);
}

// Out and back past four taps, by a sender whose clock is 40 s behind the taps'.
TEST(Correlator, ReflectedProbesAreOfTheFlowTheyWentOutIn) {
  constexpr std::uint64_t kAhead = 40'000'000'000;
  auto c = slot_of(4);
  for (std::uint64_t s = 0; s < 1000; ++s) {
    const std::uint64_t tx = kStart + 30'000'000'000 * s,
                        seen = tx + kAhead;  // 30 s apart: more than 35 bits hold
    const Probe out{kFlow, s, tx}, back{kFlow, s, tx & kReflectedTimeMask, 600, true};
    c.probe(0, out, seen + 100, StampKind::kTap);
    c.probe(1, out, seen + 300, StampKind::kTap);
    c.probe(2, back, seen + 900, StampKind::kTap);
    c.probe(3, back, seen + 1300, StampKind::kTap);
  }
  c.close();
  const std::int64_t hops[] = {200, 600, 400};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(c.hop(i).latency.count(), 1000u) << i;
    EXPECT_EQ(c.hop(i).latency.sum_ns, 1000 * hops[i]) << i;
  }
  EXPECT_EQ(c.tap(3).since_tx.sum_ns, static_cast<std::int64_t>(1000 * (kAhead + 1300)));
  EXPECT_EQ(c.tap(3).duplicates, 0u);
  EXPECT_EQ(c.foreign_count(), 0u);
}

TEST(Correlator, AReflectedProbeFarFromItsFlowIsChance) {
  Correlator c(1, {.window = 4096, .max_flows = 2});
  c.listen();
  for (std::uint64_t s = 0; s < 10; ++s) pass(c, 0, s);
  c.probe(0, {kFlow, std::uint64_t{1} << 40, 12345, 7, true}, kStart + 20'000, StampKind::kTap);
  c.probe(0, {99, 5, 12345, 7, true}, kStart + 20'000, StampKind::kTap);
  EXPECT_EQ(c.tap(0).seen, 10u);
  EXPECT_EQ(c.foreign_count(), 2u);
  c.probe(0, {99, 6, 12445, 7, true}, kStart + 20'100, StampKind::kTap);  // two that agree
  c.close();
  EXPECT_EQ(c.tap(0).seen, 12u);
  EXPECT_EQ(c.foreign_count(), 1u);
}

TEST(Correlator, TheOrderInWhichTapsAreReadDoesNotMatter) {
  auto c = slot_of(3);
  for (const unsigned tap : {2u, 0u, 1u}) {
    for (std::uint64_t s = 0; s < 100; ++s) pass(c, tap, s);
  }
  c.close();
  EXPECT_EQ(c.hop(0).latency.sum_ns, 10'000);
  EXPECT_EQ(c.hop(1).latency.sum_ns, 10'000);
}

TEST(Correlator, HopsThatChangeTheCpuAreToldApart) {
  auto c = slot_of(3);
  for (std::uint64_t s = 0; s < 100; ++s) {
    const std::uint64_t tx = kStart + 1000 * s;
    const bool steered = s % 10 == 0;
    c.probe(0, {kFlow, s, tx}, tx + 100, StampKind::kTap, 5);
    c.probe(1, {kFlow, s, tx}, tx + (steered ? 2100 : 200), StampKind::kTap, steered ? 300 : 5);
    c.probe(2, {kFlow, s, tx}, tx + 3000, StampKind::kTap);
  }
  c.close();
  EXPECT_EQ(c.hop(0).latency.count(), 100u);
  EXPECT_EQ(c.hop(0).cross_cpu.count(), 10u);
  EXPECT_EQ(c.hop(0).cross_cpu.sum_ns, 20'000);
  EXPECT_EQ(c.hop(0).cpu_unknown, 0u);
  EXPECT_EQ(c.hop(1).cross_cpu.count(), 0u);
  EXPECT_EQ(c.hop(1).cpu_unknown, 100u);
}

TEST(CpuStamp, HoldsTimeAndCpu) {
  const auto between = [](std::uint64_t a, std::uint64_t b) { return CpuStamp::between({a, 0}, {b, 0xffe}); };
  EXPECT_EQ(between(kStart, kStart + 1), 1);
  EXPECT_EQ(between(kStart + 1, kStart), -1);
  EXPECT_EQ(between(~std::uint64_t{0}, 5), 6);
  EXPECT_EQ(between(kStart, kStart + 2'000'000'000'000'000), 2'000'000'000'000'000);  // 23 days
  EXPECT_TRUE(CpuStamp::known({kStart, 0}, {kStart, 0xffe}));
  EXPECT_FALSE(CpuStamp::known({kStart, 0}, {kStart, kUnknownCpu}));
  EXPECT_FALSE(CpuStamp::known({kStart, 70'000}, {kStart, 0}));
}

TEST(Correlator, LossIsCountedWhereItHappened) {
  auto c = slot_of(3);
  for (std::uint64_t s = 0; s < 1000; ++s) {
    pass(c, 0, s);
    if (s % 100 == 99) continue;  // 10 lost in the first hop
    pass(c, 1, s);
    if (s % 100 == 50) continue;  // 10 more in the second
    pass(c, 2, s);
  }
  c.close();
  EXPECT_EQ(c.tap(0).seen, 1000u);
  EXPECT_EQ(c.tap(1).seen, 990u);
  EXPECT_EQ(c.tap(2).seen, 980u);
  EXPECT_EQ(c.hop(0).lost, 10u);
  EXPECT_EQ(c.hop(1).lost, 10u);
  EXPECT_EQ(c.hop(1).latency.count(), 980u);
}

TEST(Correlator, AProbeMissedInTheMiddleAppearsAfterwards) {
  auto c = slot_of(3);
  pass(c, 0, 5);
  pass(c, 2, 5);
  c.close();
  EXPECT_EQ(c.hop(0).lost, 1u);
  EXPECT_EQ(c.hop(1).appeared, 1u);
  EXPECT_EQ(c.hop(0).latency.count() + c.hop(1).latency.count(), 0u);
}

TEST(Correlator, DuplicatesAreCountedAndTimedOnce) {
  auto c = slot_of(2);
  for (const std::uint64_t s : {0, 1, 1, 2, 1}) pass(c, 0, s);
  for (const std::uint64_t s : {0, 1, 1, 2, 1}) pass(c, 1, s);
  c.close();
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(c.tap(i).seen, 3u);
    EXPECT_EQ(c.tap(i).duplicates, 2u);
    EXPECT_EQ(c.tap(i).reordered, 0u);
  }
  EXPECT_EQ(c.hop(0).latency.count(), 3u);
  EXPECT_EQ(c.hop(0).lost + c.hop(0).appeared, 0u);
}

TEST(Correlator, ReorderingIsPerTap) {
  auto c = slot_of(2);
  for (const std::uint64_t s : {0, 1, 2, 3, 4}) pass(c, 0, s);
  for (const std::uint64_t s : {0, 3, 1, 2, 4}) pass(c, 1, s);  // RFC 4737: 1 and 2 are below NextExp
  c.close();
  EXPECT_EQ(c.tap(0).reordered, 0u);
  EXPECT_EQ(c.tap(1).reordered, 2u);
  EXPECT_EQ(c.hop(0).latency.count(), 5u);
}

TEST(Correlator, SequencesWrapAt48Bits) {
  const std::uint64_t first = kProbeSequenceMask - 499;
  auto c = slot_of(2, first);
  for (std::uint64_t i = 0; i < 1000; ++i) pass(c, 0, first + i);
  for (std::uint64_t i = 0; i < 1000; ++i) pass(c, 1, first + i);
  c.close();
  EXPECT_EQ(c.tap(1).seen, 1000u);
  EXPECT_EQ(c.tap(1).reordered + c.tap(1).ambiguous + c.tap(1).duplicates, 0u);
  EXPECT_EQ(c.hop(0).latency.count(), 1000u);
  const auto flows = c.flows();
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(flows[0].first, first);
  EXPECT_EQ(flows[0].last, 499u);
  EXPECT_EQ(flows[0].length, 1000u);
}

TEST(Correlator, WarmUpIsCountedButNotTimed) {
  auto c = slot_of(2, 200);
  for (unsigned tap = 0; tap < 2; ++tap) {
    for (std::uint64_t s = 0; s < 2000; ++s) pass(c, tap, s);
  }
  c.close();
  EXPECT_EQ(c.tap(0).seen, 2000u);
  EXPECT_EQ(c.tap(0).since_tx.count(), 1800u);
  EXPECT_EQ(c.hop(0).latency.count(), 1800u);
}

TEST(Correlator, AFullTableGivesUpTheOldestAndSaysSo) {
  auto c = slot_of(2, 0, 1024);
  for (std::uint64_t s = 0; s < 3000; ++s) pass(c, 0, s);
  for (std::uint64_t s = 0; s < 3000; ++s) pass(c, 1, s);
  c.close();
  // What the second tap then brings finds its place full too, and evicts in its turn: only the table's size
  // pairs up.
  EXPECT_GE(c.evicted(), 3000u - 1024u);
  EXPECT_EQ(c.tap(0).seen, 3000u);
  EXPECT_EQ(c.tap(1).seen, 3000u);
  EXPECT_EQ(c.hop(0).latency.count() + c.hop(0).lost, 3000u);
  EXPECT_EQ(c.hop(0).latency.count() + c.hop(0).appeared, 3000u);
}

TEST(Correlator, ProbesOfLongAgoDoNotCrowdOutThoseUnderWay) {
  auto c = slot_of(2, 0, 1024);
  for (std::uint64_t s = 0; s < 100'000; ++s) {
    pass(c, 0, s);
    if (s % 3 != 0) pass(c, 1, s);  // a third is lost for good
  }
  c.close();
  EXPECT_EQ(c.hop(0).latency.count(), 66'666u);
  EXPECT_EQ(c.hop(0).lost, 33'334u);
}

TEST(Correlator, OtherFlowsAndFramesAreForeign) {
  auto c = slot_of(2);
  pass(c, 0, 1);
  pass(c, 0, 1, StampKind::kTap, 18);
  c.foreign(1);
  c.close();
  EXPECT_EQ(c.tap(0).seen, 1u);
  EXPECT_EQ(c.foreign_count(), 2u);
}

TEST(Correlator, NothingIsAccountedOutsideASlot) {
  Correlator c(2, {});
  pass(c, 0, 1);
  c.foreign(1);
  EXPECT_EQ(c.tap(0).seen, 0u);
  EXPECT_EQ(c.foreign_count(), 0u);
  c.expect(kFlow, {});
  c.close();
  pass(c, 0, 1);
  EXPECT_EQ(c.tap(0).seen, 0u);
}

TEST(Correlator, ASlotForgetsTheOneBefore) {
  auto c = slot_of(2);
  for (std::uint64_t s = 0; s < 50; ++s) pass(c, 0, s);
  c.close();
  c.expect(kFlow, {});
  pass(c, 1, 3);
  c.close();
  EXPECT_EQ(c.tap(0).seen, 0u);
  EXPECT_EQ(c.hop(0).latency.count(), 0u);
  EXPECT_EQ(c.hop(0).lost, 0u);
  EXPECT_EQ(c.hop(0).appeared, 1u);
}

TEST(Correlator, ADifferenceBelowZeroIsNoTime) {
  auto c = slot_of(2);
  for (std::uint64_t s = 0; s < 3; ++s) c.probe(0, {kFlow, s, kStart}, kStart + 100, StampKind::kTap);
  c.probe(1, {kFlow, 0, kStart}, kStart + 60, StampKind::kTap);
  c.probe(1, {kFlow, 1, kStart}, kStart + 100, StampKind::kTap);
  c.probe(1, {kFlow, 2, kStart}, kStart + 150, StampKind::kTap);
  c.close();
  const LatencyStats& l = c.hop(0).latency;
  EXPECT_EQ(l.negative, 1u);
  EXPECT_EQ(l.zero, 1u);
  EXPECT_EQ(l.sum_ns, 50);
  EXPECT_EQ(l.count(), 2u);
  EXPECT_EQ(l.mean(), 25);
  EXPECT_FALSE(l.clocks_disagree());
  EXPECT_EQ(c.hop(0).stale, 0u);
}

TEST(Correlator, TheSameKernelStampTwiceIsStale) {
  auto c = slot_of(2);
  for (unsigned tap = 0; tap < 2; ++tap) {
    c.probe(tap, {kFlow, 0, kStart}, kStart + 100, StampKind::kSoftware);
    c.probe(tap, {kFlow, 1, kStart}, kStart + 100 + tap, StampKind::kSoftware);
  }
  c.close();
  EXPECT_EQ(c.hop(0).stale, 1u);
  EXPECT_EQ(c.hop(0).latency.zero, 1u);
}

TEST(Correlator, HostileTimesDoNoHarm) {
  auto c = slot_of(2);
  std::mt19937_64 random(1);
  for (std::uint64_t s = 0; s < 1000; ++s) {
    c.probe(0, {kFlow, s, random()}, random(), StampKind::kTap);
    c.probe(1, {kFlow, s, 0}, ~std::uint64_t{0}, StampKind::kTap);
  }
  c.close();
  EXPECT_EQ(c.tap(0).seen + c.tap(1).seen + c.foreign_count(), 2000u);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(c.tap(i).since_tx.count() + c.tap(i).since_tx.negative + c.tap(i).since_tx.out_of_range,
              c.tap(i).seen);
}

TEST(LatencyStats, DifferencesBeyondTheLimitCountNowhereElse) {
  LatencyStats l;
  const auto limit = static_cast<std::uint64_t>(LatencyStats::kLimit);
  l.record(kStart, kStart + limit + 1);
  l.record(kStart + limit + 1, kStart);
  EXPECT_EQ(l.out_of_range, 2u);
  EXPECT_EQ(l.count() + l.negative, 0u);
  EXPECT_EQ(l.sum_ns, 0);
  l.record(kStart + limit, kStart);
  EXPECT_EQ(l.negative, 1u);
  EXPECT_TRUE(l.clocks_disagree());
  EXPECT_FALSE(l.is_known());
}

TEST(Correlator, HostileSequencesKeepEveryArrivalAccounted) {
  Correlator c(2, {.window = 1024, .max_flows = 4});
  c.listen();
  std::mt19937_64 random(2);
  constexpr std::uint64_t kProbes = 100'000;
  for (std::uint64_t i = 0; i < kProbes; ++i) {
    c.probe(static_cast<unsigned>(random() & 1),
            {static_cast<std::uint16_t>(random()), random() & kProbeSequenceMask, 0}, kStart,
            StampKind::kTap);
  }
  c.close();
  std::uint64_t accounted = c.refused() + c.foreign_count();
  for (std::size_t i = 0; i < 2; ++i) accounted += c.tap(i).seen + c.tap(i).duplicates + c.tap(i).ambiguous;
  EXPECT_LE(accounted, kProbes);
  EXPECT_GE(accounted,
            kProbes - 100);  // a flow's probes more than half a circle behind its first are left out
  EXPECT_LE(c.flows().size(), 4u);
}

TEST(Correlator, JoiningAndLeavingAFlowMidwayCountsNoLoss) {
  Correlator c(2, {.window = 1024, .max_flows = 4});
  c.listen();
  for (std::uint64_t s = 500; s < 510; ++s) pass(c, 1, s);  // the second tap's ring happened to be read first
  c.begin();
  for (std::uint64_t s = 505; s < 600; ++s) pass(c, 0, s);  // 505 to 509 passed before counting began
  for (std::uint64_t s = 510; s < 595; ++s) pass(c, 1, s);
  c.last_call();
  for (std::uint64_t s = 595; s < 610; ++s) pass(c, 1, s);  // 595 to 599 were under way
  pass(c, 0, 0, StampKind::kTap, 99);                       // a flow that comes too late
  c.close();
  const auto flows = c.flows();
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(flows[0].first, 510u);
  EXPECT_EQ(flows[0].last, 599u);
  EXPECT_EQ(c.tap(0).seen, 90u);
  EXPECT_EQ(c.tap(1).seen, 90u);
  EXPECT_EQ(c.hop(0).lost + c.hop(0).appeared, 0u);
}

TEST(Correlator, FlowsBeyondTheLimitAreRefusedAndCounted) {
  Correlator c(2, {.window = 1024, .max_flows = 2});
  c.listen();
  for (std::uint16_t flow = 0; flow < 5; ++flow) {
    for (const std::uint64_t s : {1u, 2u}) pass(c, 0, s, StampKind::kTap, flow);
  }
  c.close();
  EXPECT_EQ(c.tap(0).seen, 4u);
  EXPECT_EQ(c.refused(), 6u);
}

TEST(Correlator, OneTapNeedsNoPartner) {
  auto c = slot_of(1);
  for (std::uint64_t s = 0; s < 100'000; ++s) pass(c, 0, s);
  c.close();
  EXPECT_EQ(c.tap(0).since_tx.count(), 100'000u);
  EXPECT_EQ(c.evicted(), 0u);
}

}  // namespace
}  // namespace hopcost::analyzer
