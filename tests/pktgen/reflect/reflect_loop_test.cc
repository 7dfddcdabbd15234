// The reflecting loop on a port of memory and a clock that a test moves.
#include "pktgen/reflect/reflect_loop.h"

#include <gtest/gtest.h>

#include "tests/pktgen/fakes.h"
#include "tests/wire/frames.h"
#include "tests/wire/oracle.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

/// Gives all it has at once, then fails.
struct FakeRx {
  std::vector<std::vector<std::byte>> frames;
  std::uint64_t rx_ns = 0;
  std::size_t at = 0;
  std::uint32_t receive(std::span<RxFrame> out) noexcept {
    std::uint32_t n = 0;
    for (; n < out.size() && at < frames.size(); ++n, ++at) out[n] = {frames[at], rx_ns};
    return n;
  }
  void release() noexcept {}
  void wait(std::chrono::milliseconds) noexcept {}
  std::uint64_t drops() noexcept { return 0; }
  int failed() const noexcept { return at == frames.size() ? 19 : 0; }
};
static_assert(RxPort<FakeRx>);

struct Bench {
  FakePort tx;
  FakeRx rx;
  FakeClock clock;
  ReflectProgress progress;
  ReflectJob job{
      .own = spec_v4().dst_mac, .longest = 1514, .count = ~0ull, .ticks = ~0ull, .progress = progress};

  Bench() { EXPECT_TRUE(tx.prepare(std::vector<std::byte>(1514))); }
  void arrive(const FrameSpec& s, int copies = 1) {
    const auto frame = FrameTemplate::make(s, 9000);
    for (int i = 0; i < copies; ++i) rx.frames.push_back(stamped(*frame, rx.frames.size(), 5'000));
  }
  ReflectCounts run(SendEnd expected = SendEnd::kPortFailed) {
    ReflectLoop loop(tx, rx, clock, job);
    EXPECT_EQ(loop.run(), expected);
    EXPECT_EQ(progress.read().seen, loop.counts().seen);
    EXPECT_EQ(loop.residence().count(), loop.counts().reflected());
    return loop.counts();
  }
};

TEST(ReflectLoop, SendsBackWhatIsForItAndCountsTheRest) {
  Bench b;
  b.arrive(spec_v4(), 100);
  b.arrive(spec_v6(84), 30);
  FrameSpec others = spec_v4();
  others.dst_mac = *parse_mac("02:00:00:00:00:99");
  b.arrive(others, 3);
  b.rx.frames.emplace_back(60);
  const auto counts = b.run();
  EXPECT_EQ(counts.reflected(), 130u);
  EXPECT_EQ(counts.of(TurnVerdict::kNotOurs), 3u);
  EXPECT_EQ(counts.of(TurnVerdict::kForeign), 1u);
  ASSERT_EQ(b.tx.sent.size(), 130u);
  for (std::size_t i = 0; i < 130; ++i) {
    EXPECT_TRUE(oracle::frame_is_right(b.tx.sent[i]));
    EXPECT_EQ(find_probe(b.tx.sent[i]).value().probe.sequence, i);
    EXPECT_TRUE(find_probe(b.tx.sent[i]).value().probe.reflected);
  }
}

TEST(ReflectLoop, ResidenceGoesFromThePortsStampToTheSending) {
  Bench b;
  b.arrive(spec_v4());
  b.rx.rx_ns = b.clock.ticks - 700;
  (void)b.run();
  const auto residence = find_probe(b.tx.sent.at(0)).value().probe.residence_ns;
  EXPECT_GT(residence, 700u);
  EXPECT_LT(residence, 800u);
  b.rx = {};
  b.arrive(spec_v4());  // no stamp: from the reading after it was found
  (void)b.run();
  EXPECT_LT(find_probe(b.tx.sent.at(1)).value().probe.residence_ns, 100u);
  EXPECT_GT(find_probe(b.tx.sent.at(1)).value().probe.residence_ns, 0u);
}

TEST(ReflectLoop, ItWaitsForNobody) {
  Bench b;
  b.tx.per_lend = 8;
  b.arrive(spec_v4(), 20);
  b.tx.starve = 2;  // each lend but one; it asks once more
  EXPECT_EQ(b.run().reflected(), 20u);
  Bench full;
  full.tx.starve = 1;
  full.arrive(spec_v4(), 20);
  const auto counts = full.run();
  EXPECT_EQ(counts.no_room, 20u);
  EXPECT_EQ(counts.reflected(), 0u);
}

TEST(ReflectLoop, EndsAfterSoMany) {
  Bench b;
  b.job.count = 70;
  b.arrive(spec_v4(), 500);
  EXPECT_EQ(b.run(SendEnd::kDone).reflected(), 70u);
  EXPECT_EQ(b.tx.sent.size(), 70u);
}

/// Has no room for a while.
struct FullAtFirst : FakePort {
  int full = 8;  // lends
  std::span<std::byte* const> lend(std::uint32_t n) noexcept {
    return full-- > 0 ? FakePort::lend(0) : FakePort::lend(n);
  }
};

// What there was no room for is not among the so many.
TEST(ReflectLoop, EndsAfterSoManyThatWereReflected) {
  Bench b;
  b.arrive(spec_v4(), 500);
  b.job.count = 70;
  FullAtFirst tx;
  ASSERT_TRUE(tx.prepare(std::vector<std::byte>(1514)));
  ReflectLoop loop(tx, b.rx, b.clock, b.job);
  EXPECT_EQ(loop.run(), SendEnd::kDone);
  EXPECT_GT(loop.counts().no_room, 0u);
  EXPECT_EQ(loop.counts().reflected(), 70u);
  EXPECT_EQ(tx.sent.size(), 70u);
}

/// Has room for some frames at a time, and keeps where they lay.
struct InPlaceTx : FakePort {
  bool in_place = true;
  std::uint32_t room = kMaxBatch;
  std::vector<const std::byte*> places;
  bool sends_back() const noexcept { return in_place; }
  std::uint32_t room_back(std::uint32_t n) noexcept { return std::min(n, room); }
  void send_back(FakeRx& rx, std::span<const std::uint8_t> which) noexcept {
    for (const std::uint8_t i : which) {
      const auto& frame = rx.frames[(rx.at - 1) / kMaxBatch * kMaxBatch + i];
      places.push_back(frame.data());
      sent.push_back(frame);
    }
  }
};
static_assert(SendsBack<InPlaceTx, FakeRx>);
static_assert(!SendsBack<FakePort, FakeRx>);

TEST(ReflectLoop, FramesGoBackFromWhereTheyLieWhereThePortCan) {
  for (const bool in_place : {true, false}) {
    Bench b;
    InPlaceTx tx;
    ASSERT_TRUE(tx.prepare(std::vector<std::byte>(1514)));
    tx.in_place = in_place;
    b.arrive(spec_v4(), 30);
    b.rx.frames.emplace_back(60);  // foreign, among the others
    b.arrive(spec_v6(84), 99);
    ReflectLoop loop(tx, b.rx, b.clock, b.job);
    EXPECT_EQ(loop.run(), SendEnd::kPortFailed);
    EXPECT_EQ(loop.counts().reflected(), 129u);
    ASSERT_EQ(tx.sent.size(), 129u);
    EXPECT_EQ(tx.places.size(), in_place ? 129u : 0u);
    for (std::size_t i = 0; i < 129; ++i) {
      const std::size_t came = i < 30 ? i : i + 1;
      if (in_place) {
        EXPECT_EQ(tx.places[i], b.rx.frames[came].data());
      }
      EXPECT_TRUE(oracle::frame_is_right(tx.sent[i]));
      EXPECT_EQ(find_probe(tx.sent[i]).value().probe.sequence, came);
      EXPECT_TRUE(find_probe(tx.sent[i]).value().probe.reflected);
    }
  }
}

TEST(ReflectLoop, WhatThereIsNoRoomForInPlaceIsCounted) {
  Bench b;
  InPlaceTx tx;
  tx.room = 20;
  b.arrive(spec_v4(), 64);
  ReflectLoop loop(tx, b.rx, b.clock, b.job);
  EXPECT_EQ(loop.run(), SendEnd::kPortFailed);
  EXPECT_EQ(loop.counts().no_room, 44u);
  EXPECT_EQ(loop.counts().reflected(), 20u);
  EXPECT_EQ(tx.sent.size(), 20u);
}

TEST(ReflectLoop, FramesAboveWhatThePortSendsAreLeft) {
  Bench b;
  b.arrive(spec_v4(1519));
  EXPECT_EQ(b.run().of(TurnVerdict::kMalformed), 1u);
}

}  // namespace
}  // namespace hopcost::pktgen
