// Packets without probes: matched, lost, ambiguous, and never guessed.
#include "analyzer/match/packet_matcher.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <unordered_map>

#include "tests/analyzer/start.h"

namespace hopcost::analyzer {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

FlowKey flow(std::uint16_t port) {
  FlowKey f;
  f.source_port = port;
  f.protocol = 17;
  return f;
}

PacketIdentity packet(std::uint64_t number, std::uint16_t port = 1) {
  return {flow(port), number * 0x9e3779b97f4a7c15, 100};
}

class Matching : public testing::Test {
 protected:
  Matching() { m.listen(); }
  void see(unsigned tap, std::uint64_t number, std::uint64_t at, std::uint16_t port = 1) {
    m.packet(tap, packet(number, port), kStart + at, StampKind::kTap);
  }
  /// What a tap saw is one of the three.
  void expect_tap(std::size_t i, std::uint64_t seen, std::uint64_t ambiguous) {
    EXPECT_EQ(m.tap(i).seen, seen) << i;
    EXPECT_EQ(m.tap(i).ambiguous, ambiguous) << i;
  }
  void expect_hop(std::size_t i, std::uint64_t matched, std::uint64_t lost, std::uint64_t appeared) {
    EXPECT_EQ(m.hop(i).latency.count(), matched) << i;
    EXPECT_EQ(m.hop(i).lost, lost) << i;
    EXPECT_EQ(m.hop(i).appeared, appeared) << i;
  }
  PacketMatcher m{3, 1024};
};

TEST_F(Matching, HopsAndLossAddUp) {
  for (std::uint64_t n = 0; n < 100; ++n) {
    see(0, n, n * 1000);
    if (n % 10 != 3) see(1, n, n * 1000 + 200);
    if (n % 10 != 3) see(2, n, n * 1000 + 500);
  }
  see(2, 1000, 100'000);
  m.close();
  expect_tap(0, 100, 0);
  expect_tap(1, 90, 0);
  expect_tap(2, 91, 0);
  expect_hop(0, 90, 10, 0);
  expect_hop(1, 90, 0, 1);
  EXPECT_EQ(m.hop(1).latency.sum_ns, 90 * 300);
  EXPECT_EQ(m.tap(2).since_tx.sum_ns, 90 * 500) << "since the first tap";
  EXPECT_EQ(m.evicted(), 0u);
}

TEST_F(Matching, IdenticalPacketsAreLeftOutAndCounted) {
  see(0, 1, 0);
  see(0, 2, 10);
  see(0, 1, 20);  // the same again, before the first one is through
  see(1, 1, 30);
  see(1, 2, 40);
  see(1, 1, 50);
  see(2, 1, 60);
  m.close();
  expect_tap(0, 1, 2);
  expect_tap(1, 1, 2);
  expect_tap(2, 0, 1);
  expect_hop(0, 1, 0, 0);
  EXPECT_EQ(m.hop(0).latency.sum_ns, 30);
  EXPECT_EQ(m.flows().by_packets()[0].ambiguous, 1u);
}

// The copy came after all taps had the first one: still nothing says which is which at the taps.
TEST_F(Matching, ACopyWithinTheHoldMakesBothAmbiguous) {
  for (unsigned tap = 0; tap < 3; ++tap) see(tap, 1, tap * 100);
  for (unsigned tap = 0; tap < 3; ++tap) see(tap, 1, 900 * kMs + tap * 100);
  m.close();
  expect_tap(0, 0, 2);
  expect_hop(0, 0, 0, 0);
}

TEST_F(Matching, OnesFurtherApartAreToldApartByTime) {
  for (unsigned tap = 0; tap < 3; ++tap) see(tap, 1, tap * 100);
  for (unsigned tap = 0; tap < 3; ++tap) see(tap, 1, 1100 * kMs + tap * 100);
  EXPECT_EQ(m.hop(0).latency.count(), 1u) << "counted as soon as it has waited";
  m.close();
  expect_tap(2, 2, 0);
  expect_hop(1, 2, 0, 0);
}

TEST_F(Matching, TheOrderInWhichTapsAreReadDoesNotMatter) {
  see(2, 1, 700);
  see(0, 1, 0);
  see(1, 1, 300);
  m.settle(kStart + 2000 * kMs);
  expect_hop(0, 1, 0, 0);
  EXPECT_EQ(m.hop(1).latency.sum_ns, 400);
}

TEST_F(Matching, AFullTableGivesUpTheOldestAndSaysSo) {
  for (std::uint64_t n = 0; n < 1030; ++n) see(0, n, n);
  EXPECT_EQ(m.evicted(), 6u);
  see(1, 0, 2000);
  see(1, 6, 2000);
  m.close();
  expect_tap(0, 1030, 0);
  expect_hop(0, 0, 1030, 2);  // 6 had to go for what came of 0
}

TEST_F(Matching, JoiningAndLeavingMidwayCountsNoLoss) {
  see(0, 1, 0);
  m.begin();
  see(1, 1, 100);
  see(0, 2, 200);
  m.last_call();
  see(1, 2, 300);
  see(0, 3, 400);
  m.close();
  expect_tap(0, 1, 0);
  expect_hop(0, 1, 0, 0);
}

TEST_F(Matching, TheFlowIsThatOfTheFirstTap) {
  see(1, 1, 100, 4000);  // read first, and behind NAT
  see(0, 1, 0, 5201);
  see(0, 2, 0, 5201);
  m.close();
  const auto flows = m.flows().by_packets();
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(flows[0].key, flow(5201));
  EXPECT_EQ(flows[0].packets, 2u);
  EXPECT_EQ(flows[0].bytes, 200u);
  EXPECT_EQ(flows[0].hops[0].count, 1u);
  EXPECT_EQ(flows[0].hops[0].max_ns, 100);
}

TEST_F(Matching, FlowsBeyondTheBoundAreCountedTogether) {
  const std::uint64_t all = FlowTable::kFlows + 50;
  for (std::uint64_t n = 0; n < 2; ++n) see(0, n, n * 2000 * kMs, 9);
  for (std::uint64_t n = 2; n <= all; ++n) see(0, n, n * 2000 * kMs, static_cast<std::uint16_t>(n + 100));
  m.close();
  const auto flows = m.flows().by_packets();
  EXPECT_EQ(flows.size(), FlowTable::kFlows);
  EXPECT_EQ(flows[0].key, flow(9)) << "most packets first";
  EXPECT_EQ(m.flows().others().packets, 50u);
}

// As on a server: thousands of short connections, and a long one that began last.
TEST_F(Matching, AFlowOfManyPacketsIsToldHoweverLateItBegan) {
  constexpr std::uint64_t kShort = 3 * FlowTable::kFlows, kLong = 400;
  std::uint64_t n = 0;
  const auto packet = [&](std::uint16_t port) {
    see(0, n, n * 2000 * kMs, port);
    see(1, n, n * 2000 * kMs + 100, port);
    ++n;
  };
  for (std::uint64_t i = 0; i < 50; ++i) packet(9);  // one that was there from the start, and ended
  for (std::uint64_t i = 0; i < kShort; ++i) packet(static_cast<std::uint16_t>(1000 + i));
  for (std::uint64_t i = 0; i < kLong; ++i) {
    packet(5201);
    packet(static_cast<std::uint16_t>(1000 + kShort + i));
  }
  m.close();
  const auto flows = m.flows().by_packets();
  ASSERT_EQ(flows.size(), FlowTable::kFlows);
  EXPECT_EQ(flows[0].key, flow(5201));
  EXPECT_GE(flows[0].packets, kLong - 5);
  EXPECT_EQ(flows[1].key, flow(9));
  EXPECT_EQ(flows[1].packets, 50u);
  std::uint64_t packets = m.flows().others().packets, timed = m.flows().others().hops[0].count;
  for (const auto& f : flows) {
    packets += f.packets;
    timed += f.hops[0].count;
  }
  EXPECT_EQ(packets, n);
  EXPECT_EQ(timed, n);
  EXPECT_EQ(m.flows().others().hops[0].min_ns, 100);
}

// The index against a map: additions and removals in the ring's order, with numbers that collide.
TEST(PacketTable, FindsWhatIsThereAndNothingElse) {
  PacketTable table(1, 1024);
  std::unordered_map<std::uint64_t, std::uint64_t> there;
  std::deque<std::uint64_t> order;
  std::mt19937_64 random(3);
  for (int step = 0; step < 50'000; ++step) {
    const std::uint64_t number = random() % 64 << 40 | random() % 48;  // few homes, long runs
    const auto* const found = table.find(number);
    ASSERT_EQ(found != nullptr, there.contains(number));
    if (found != nullptr) {
      ASSERT_EQ(found->first_ns, there.at(number));
    } else if (!table.full()) {
      table.add(number).first_ns = there[number] = static_cast<std::uint64_t>(step);
      order.push_back(number);
    }
    if (!order.empty() && random() % 3 == 0) {
      ASSERT_EQ(table.oldest().number, order.front());
      there.erase(order.front());
      order.pop_front();
      table.drop_oldest();
    }
  }
}

}  // namespace
}  // namespace hopcost::analyzer
