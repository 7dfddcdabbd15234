#include "analyzer/watch/lanes.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/analyzer/start.h"

namespace hopcost::analyzer {
namespace {

constexpr Correlator::Options kLaneOptions{.window = 1024, .max_flows = 1};

void pass_both_taps(Lanes& lanes, std::uint16_t flow, std::uint64_t sequence) {
  for (unsigned tap = 0; tap < 2; ++tap)
    lanes.of(flow).probe(tap, {flow, sequence, kStart}, kStart + 100 * (flow + tap), StampKind::kTap);
}

TEST(Lanes, EachHasCountsAndTimesOfItsOwn) {
  Lanes lanes(2, kLaneOptions);
  const std::array<std::uint16_t, 3> flows = {5, 6, 7};
  lanes.expect(flows, {.train = {.packets = 2}});
  ASSERT_EQ(lanes.size(), 3u);
  for (std::uint64_t s = 0; s < 10; ++s) {
    pass_both_taps(lanes, 5, s);
    if (s < 6) pass_both_taps(lanes, 6, s);
    if (s < 2) pass_both_taps(lanes, 7, s);
    pass_both_taps(lanes, 8, s);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const std::uint64_t seen = std::array{10u, 6u, 2u}[i];
    EXPECT_EQ(lanes[i].tap(0).seen, seen);
    EXPECT_EQ(lanes[i].hop(0).latency.count(), seen);
    EXPECT_EQ(lanes[i].tap(0).since_tx.sum_ns, static_cast<std::int64_t>(seen * 100 * flows[i]));
    EXPECT_EQ(lanes[i].train_medians(0, 2), std::vector{100.0 * flows[i]});
    EXPECT_EQ(lanes[i].foreign_count(), i == 0 ? 20u : 0u);  // flow 8, at both taps
  }
}

TEST(Lanes, AFlowOfTheSlotBeforeIsForeign) {
  Lanes lanes(2, kLaneOptions);
  lanes.expect(std::array<std::uint16_t, 3>{5, 6, 7}, {});
  lanes.expect(std::array<std::uint16_t, 2>{8, 9}, {});
  pass_both_taps(lanes, 6, 0);
  pass_both_taps(lanes, 9, 0);
  EXPECT_EQ(lanes.size(), 2u);
  EXPECT_EQ(lanes[0].foreign_count(), 2u);
  EXPECT_EQ(lanes[0].tap(0).seen, 0u);
  EXPECT_EQ(lanes[1].tap(0).seen, 1u);
}

}  // namespace
}  // namespace hopcost::analyzer
