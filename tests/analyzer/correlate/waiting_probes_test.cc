// What may be chance is not counted; what is a flow is counted whole, whatever the clocks say.
#include "analyzer/correlate/waiting_probes.h"

#include <gtest/gtest.h>

#include <random>

#include "analyzer/correlate/correlator.h"

namespace hopcost::analyzer {
namespace {

constexpr std::uint64_t kStamp = 1'800'000'000'000'000'000;

Correlator listening(std::size_t taps) {
  Correlator c(taps, {.window = 1024, .max_flows = 4});
  c.listen();
  return c;
}

// 1970, now, and 2106: a second of probes by clocks that have nothing to do with the taps'.
TEST(WaitingProbes, AFlowIsCountedFromItsFirstProbeOnWhateverItsClockSays) {
  for (const std::uint64_t start : {std::uint64_t{0}, kStamp, std::uint64_t{4'300'000'000'000'000'000}}) {
    auto c = listening(2);
    for (std::uint64_t s = 0; s < 100; ++s) {
      for (unsigned tap = 0; tap < 2; ++tap)
        c.probe(tap, {7, s, start + s * 10'000'000}, kStamp + s, StampKind::kTap);
    }
    c.close();
    EXPECT_EQ(c.tap(0).seen, 100u) << start;
    EXPECT_EQ(c.tap(1).seen, 100u) << start;
    EXPECT_EQ(c.hop(0).latency.count(), 100u) << start;
    EXPECT_EQ(c.foreign_count(), 0u) << start;
  }
}

TEST(WaitingProbes, TheSameProbeAtEveryTapProvesNothing) {
  auto c = listening(3);
  for (unsigned tap = 0; tap < 3; ++tap) c.probe(tap, {7, 123, kStamp}, kStamp, StampKind::kTap);
  c.close();
  EXPECT_TRUE(c.flows().empty());
  EXPECT_EQ(c.foreign_count(), 3u);
}

// Ten million packets' worth of chance beside a flow: each has the magic and a time below 2^62, and is the
// flow's or not.
TEST(WaitingProbes, ChanceBesideAFlowChangesNothing) {
  std::mt19937_64 random(3);
  auto c = listening(1);
  std::uint64_t chance = 0;
  for (std::uint64_t s = 0; s < 10'000; ++s) {
    c.probe(0, {7, s, kStamp + s * 1000}, kStamp + s * 1000 + 300, StampKind::kTap);
    for (int i = 0; i < 10; ++i, ++chance) {
      const std::uint16_t flow = i == 0 ? 7 : static_cast<std::uint16_t>(random());
      c.probe(0, {flow, random() & kProbeSequenceMask, random() >> 2}, kStamp, StampKind::kTap);
    }
  }
  c.close();
  ASSERT_EQ(c.flows().size(), 1u);
  EXPECT_EQ(c.flows()[0].length, 10'000u);
  EXPECT_EQ(c.tap(0).seen, 10'000u);
  EXPECT_EQ(c.tap(0).since_tx.histogram.max(), 300u);
  EXPECT_EQ(c.foreign_count(), chance);
}

TEST(WaitingProbes, ASendersClockThatIsSetOnTheWayLosesNoProbe) {
  auto c = listening(1);
  for (std::uint64_t s = 0; s < 50; ++s) c.probe(0, {7, s, s * 1000}, kStamp, StampKind::kTap);
  for (std::uint64_t s = 50; s < 100; ++s) c.probe(0, {7, s, kStamp + s * 1000}, kStamp, StampKind::kTap);
  c.close();
  EXPECT_EQ(c.tap(0).seen, 100u);
  EXPECT_EQ(c.foreign_count(), 0u);
}

TEST(WaitingProbes, AnExpectedFlowNeedsNoSecondProbe) {
  Correlator c(1, {.window = 1024, .max_flows = 1});
  c.expect(7, {});
  c.probe(0, {7, 0, kStamp}, kStamp + 300, StampKind::kTap);
  c.close();
  EXPECT_EQ(c.tap(0).seen, 1u);
}

TEST(WaitingProbes, NearGoesBothWaysAndRoundTheEnd) {
  EXPECT_TRUE(WaitingProbes::near(5, WaitingProbes::kNearNs));
  EXPECT_TRUE(WaitingProbes::near(WaitingProbes::kNearNs, 5));
  EXPECT_TRUE(WaitingProbes::near(5, ~std::uint64_t{0}));
  EXPECT_FALSE(WaitingProbes::near(0, WaitingProbes::kNearNs + 1));
  EXPECT_FALSE(WaitingProbes::near(WaitingProbes::kNearNs + 1, 0));
}

}  // namespace
}  // namespace hopcost::analyzer
