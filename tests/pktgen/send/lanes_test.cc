// Several lanes that take turns, on ports and clocks of the tests.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "pktgen/send/lanes_hand.h"
#include "pktgen/send/prepare.h"
#include "tests/pktgen/fakes.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

FrameSpec spec_of(std::uint16_t flow) {
  return {.size = 64,
          .src_mac = {},
          .dst_mac = {},
          .src_ip = *parse_ip("198.18.0.1"),
          .dst_ip = *parse_ip("198.18.0.2"),
          .flow = flow};
}

/// Takes its time: what is sent is owed until it was flushed so often.
struct SlowPort : FakePort {
  int flushes_needed = 0;
  int flushes = 0;
  std::uint64_t owed_frames = 0;
  std::uint64_t refused = 0;
  void send(std::uint32_t n) noexcept {
    FakePort::send(n);
    owed_frames += n;
    flushes = 0;
  }
  void send(std::span<const std::uint16_t> lengths) noexcept { FakePort::send(lengths); }
  void flush() noexcept {
    if (++flushes >= flushes_needed) owed_frames = 0;
  }
  std::uint64_t owed() const noexcept { return flushes_needed > 0 ? owed_frames : 0; }
  std::uint64_t errors() const noexcept { return refused; }
};

/// Lanes 0, 1, .. of flows 10, 11, ..; each sends on the port it names.
struct LanesBench {
  using E = LentFrames<SlowPort, TemplateSource, FakeClock>;
  std::vector<std::size_t> port_of;
  std::deque<SlowPort> ports;
  std::deque<TemplateSource> sources;
  std::deque<LaneCount> counts;
  std::deque<PortShare> shares;
  std::vector<E> emitters;
  std::vector<LaneRecord> records;
  FakeClock clock;
  Progress progress;
  SendCount run;
  SendJob job{.count = kForever, .ticks = kForever, .near = 100, .stall = 10'000, .progress = progress};
  Audit audit{1.0, 1000};
  TurnSpec turns{.train = 4, .mirrored = true, .seed = 5};
  std::size_t last = 0;

  explicit LanesBench(std::vector<std::size_t> ports_of_lanes) : port_of(std::move(ports_of_lanes)) {
    const std::size_t n = 1 + *std::max_element(port_of.begin(), port_of.end());
    ports.resize(n);
    shares.resize(n);
    for (std::size_t i = 0; i < port_of.size(); ++i) {
      sources.emplace_back(*FrameTemplate::make(spec_of(static_cast<std::uint16_t>(10 + i)), 1500));
      counts.push_back({.first_sequence = 100 * i});
      ++shares[port_of[i]].lanes;
    }
    for (std::size_t i = 0; i < port_of.size(); ++i) {
      if (ports[port_of[i]].memory.empty()) (void)ports[port_of[i]].prepare(sources[i].first_frame());
      emitters.emplace_back(ports[port_of[i]], sources[i], counts[i], job, clock, run);
      records.push_back({.count = &counts[i], .port = &shares[port_of[i]]});
    }
  }
  SendEnd paced(double mean = 1000) {
    LanesHand<E, Turns, FakeClock> hand(
        {.emitters = emitters, .records = records, .job = job, .run = run, .clock = clock, .audit = audit},
        Turns(port_of.size(), turns));
    const SendEnd end = pace(hand, job, clock, DeparturePlan(Gap::kConstant, mean, 1), audit, run);
    last = hand.last();
    return end;
  }
  std::uint64_t round() const { return Turns::round(port_of.size(), turns) * job.burst; }
  std::vector<Probe> probes(std::size_t port) const {
    std::vector<Probe> all;
    for (const auto& f : ports[port].sent) all.push_back(find_probe(f).value().probe);
    return all;
  }
};

TEST(Lanes, AllSendTheSameAndEachNumbersItsOwnThrough) {
  for (const std::uint32_t burst : {1u, 3u, 70u}) {
    LanesBench b({0, 1, 2});
    b.job.burst = burst;
    b.job.count = 10 * b.round();
    ASSERT_EQ(b.paced(), SendEnd::kDone);
    EXPECT_EQ(b.run.given, b.job.count);
    for (std::size_t lane = 0; lane < 3; ++lane) {
      const auto probes = b.probes(lane);
      ASSERT_EQ(probes.size(), 10u * 2 * 4 * burst) << lane;
      EXPECT_EQ(b.counts[lane].given, probes.size());
      EXPECT_EQ(b.records[lane].lateness.departures(), 80u);
      for (std::size_t i = 0; i < probes.size(); ++i) {
        EXPECT_EQ(probes[i].flow, 10 + lane);
        EXPECT_EQ(probes[i].sequence, 100 * lane + i);
      }
    }
    EXPECT_EQ(b.audit.gaps().count(), 10u * 2 * 4 * 3 - 1);  // of all departures, whatever their lane
  }
}

TEST(Lanes, OnePlanForAllAndTrainsInTheSeedsOrder) {
  LanesBench b({0, 1, 2});
  b.job.count = 3 * b.round();
  ASSERT_EQ(b.paced(), SendEnd::kDone);
  std::map<std::uint64_t, std::uint16_t> flow_at;
  for (std::size_t lane = 0; lane < 3; ++lane)
    for (const Probe& p : b.probes(lane)) flow_at[p.tx_ns] = p.flow;
  Turns turns(3, b.turns);
  std::uint64_t due = b.run.start;
  ASSERT_EQ(flow_at.size(), b.job.count);
  for (const auto& [at, flow] : flow_at) {
    EXPECT_EQ(at, due);
    EXPECT_EQ(flow, 10 + turns.lane());
    due += 1000;
    turns.advance();
  }
}

TEST(Lanes, TwoOnOnePortAreNeverMixedInATrain) {
  LanesBench b({0, 1, 1});
  b.ports[1].flushes_needed = 3;
  b.job.count = 20 * b.round();
  ASSERT_EQ(b.paced(), SendEnd::kDone);
  const auto probes = b.probes(1);
  ASSERT_EQ(probes.size(), 2u * 20 * 2 * 4);
  for (std::size_t train = 0; train < probes.size() / 4; ++train) {
    std::set<std::uint16_t> flows;
    for (std::size_t i = 0; i < 4; ++i) flows.insert(probes[train * 4 + i].flow);
    EXPECT_EQ(flows.size(), 1u) << train;
  }
  std::map<std::uint16_t, std::uint64_t> next{{11, 100}, {12, 200}};
  for (const Probe& p : probes) EXPECT_EQ(p.sequence, next[p.flow]++);
  // The port holds lane 1's frame; lane 2's are as if they had been built for it.
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const auto whole = *FrameTemplate::make(spec_of(probes[i].flow), 1500);
    std::vector<std::byte> expected(whole.bytes().begin(), whole.bytes().end());
    whole.stamp(expected.data(), probes[i].sequence, probes[i].tx_ns);
    EXPECT_EQ(b.ports[1].sent[i], expected);
  }
}

TEST(Lanes, NothingIsOwedWhenAnotherLaneBegins) {
  LanesBench b({0, 1});
  for (auto& p : b.ports) p.flushes_needed = 5;
  b.job.count = 5 * b.round();
  b.job.burst = 1;
  ASSERT_EQ(b.paced(), SendEnd::kDone);
  for (auto& p : b.ports) EXPECT_EQ(p.owed(), 0u);
}

TEST(Lanes, APortThatNeverTakesItsFramesIsAStallAtTheBorder) {
  LanesBench b({0, 1});
  for (auto& p : b.ports) p.flushes_needed = 1 << 30;
  b.job.count = 5 * b.round();
  EXPECT_EQ(b.paced(), SendEnd::kStalled);
  EXPECT_EQ(b.run.given, 4u);  // one train
}

TEST(Lanes, ADurationEndsWithTheRoundItFallsInto) {
  LanesBench b({0, 1, 2});
  b.job.ticks = 24'000 + 100;  // a departure of the second round
  EXPECT_EQ(b.paced(), SendEnd::kDone);
  EXPECT_EQ(b.run.given, 2 * b.round());
  LanesBench exact({0, 1, 2});
  exact.job.ticks = 24'000;
  EXPECT_EQ(exact.paced(), SendEnd::kDone);
  EXPECT_EQ(exact.run.given, exact.round());
}

TEST(Lanes, OneLaneWithTurnsIsOneLane) {
  LanesBench b({0});
  b.job.count = 3 * b.round();
  ASSERT_EQ(b.paced(), SendEnd::kDone);
  const auto probes = b.probes(0);
  for (std::size_t i = 0; i < probes.size(); ++i) EXPECT_EQ(probes[i].sequence, i);
}

TEST(LaneMeter, ChargesTrainsAndLeavesOutThoseAtAnUnreadBorder) {
  LaneMeter meter(2);
  PerfCounts now = PerfCounts::zero();
  const auto at = [&](std::uint64_t cycles) {
    now.count[0] = cycles;
    return now;
  };
  meter.border(at(100), 0, 0);
  meter.border(at(150), 1, 16);  // lane 0: 50 in 16
  meter.border(at(400), 0, 32);  // lane 1: 250 in 16
  meter.skip();                  // lane 0's end, and lane 1's beginning
  meter.border(at(900), 0, 64);
  meter.border(at(910), 0, 80);  // lane 0: 10 in 16
  EXPECT_EQ(meter.of(0).counts.count[0], 60u);
  EXPECT_EQ(meter.of(0).packets, 32u);
  EXPECT_EQ(meter.of(1).counts.count[0], 250u);
  EXPECT_EQ(meter.of(1).packets, 16u);
}

TEST(Prepare, LanesOnOnePortDifferInTheFlowAlone) {
  const auto refused = [](FrameSpec second, bool stamp = true) {
    FakePort port;
    TemplateSource a(*FrameTemplate::make(spec_of(1), 1500)), b(*FrameTemplate::make(second, 1500));
    a.set_stamp(stamp);
    LaneCount counts[2];
    const LaneEnds<FakePort, TemplateSource> lanes[] = {{&port, &a, &counts[0]}, {&port, &b, &counts[1]}};
    return !prepare(std::span<const LaneEnds<FakePort, TemplateSource>>(lanes), stamp).has_value();
  };
  EXPECT_FALSE(refused(spec_of(2)));
  EXPECT_TRUE(refused(spec_of(2), false));
  FrameSpec other = spec_of(2);
  other.dst_port = 10;
  EXPECT_TRUE(refused(other));
  other = spec_of(2);
  other.size = 65;
  EXPECT_TRUE(refused(other));
}

}  // namespace
}  // namespace hopcost::pktgen
