// Intervals are differences of what only grows: their sum is the whole.
#include "analyzer/correlate/tallies.h"

#include <gtest/gtest.h>

#include "analyzer/live/live_view.h"
#include "tests/analyzer/start.h"

namespace hopcost::analyzer {
namespace {

void pass(Correlator& c, std::uint64_t first, std::uint64_t count, std::uint64_t hop_ns) {
  for (std::uint64_t s = first; s < first + count; ++s) {
    c.probe(0, {1, s, kStart}, kStart + 300, StampKind::kTap);
    c.probe(1, {1, s, kStart}, kStart + 300 + hop_ns, StampKind::kTap);
  }
}

TEST(Intervals, AreWhatCameInBetween) {
  Correlator c(2, {.window = 1024, .max_flows = 1});
  c.expect(1, {});
  Intervals intervals(2);
  pass(c, 0, 10, 100);
  EXPECT_EQ(intervals.next(Tallies::of(c)).hops[0].latency.count(), 10u);
  pass(c, 10, 5, 7000);
  const auto second = intervals.next(Tallies::of(c));
  EXPECT_EQ(second.taps[1].seen, 5u);
  EXPECT_EQ(second.taps[1].stamp[0], 5u);
  EXPECT_EQ(second.hops[0].latency.count(), 5u);
  EXPECT_EQ(second.hops[0].latency.sum_ns, 35'000);
  EXPECT_EQ(second.hops[0].latency.histogram.min(), 7000u);
  EXPECT_EQ(second.taps[0].since_tx.histogram.max(), 300u);
  const auto third = intervals.next(Tallies::of(c));
  EXPECT_EQ(third.hops[0].latency.count(), 0u);
  EXPECT_EQ(third.hops[0].latency.histogram, HdrHistogram());
  EXPECT_EQ(c.hop(0).latency.count(), 15u);  // the whole is still there
}

TEST(Intervals, TheLiveViewShowsBoth) {
  Correlator c(2, {.window = 1024, .max_flows = 1});
  c.expect(1, {});
  Intervals intervals(2);
  const std::vector<TapFacts> facts = {{"wire", false, 0}, {"end", false, 7}};
  std::vector<std::deque<std::optional<std::uint64_t>>> trails;
  pass(c, 0, 10, 100);
  Tallies passed = intervals.next(Tallies::of(c));
  (void)live_snapshot(summarise(passed, facts), summarise(c, facts, 10), 0.5, 0.5, trails);
  pass(c, 10, 5, 7000);
  passed = intervals.next(Tallies::of(c));
  const auto s = live_snapshot(summarise(passed, facts), summarise(c, facts, 16), 1, 0.5, trails);
  ASSERT_EQ(s.hops.size(), 3u);
  EXPECT_EQ(s.hops[1].name, "wire > end");
  EXPECT_EQ(s.hops[1].now->p50, 7003u);  // the step's end
  EXPECT_EQ(s.hops[1].total->p50, 100u);
  EXPECT_EQ(s.hops[1].per_second, 10);
  EXPECT_EQ(s.hops[1].p50_trail, (std::deque<std::optional<std::uint64_t>>{100, 7003}));
  EXPECT_EQ(s.taps[1].seen, 15u);
  EXPECT_EQ(s.taps[1].missing, 1u);
  EXPECT_EQ(s.taps[1].ring_drops, 7u);
}

}  // namespace
}  // namespace hopcost::analyzer
