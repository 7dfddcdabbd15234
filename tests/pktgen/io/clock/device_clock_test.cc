#include "pktgen/io/clock/device_clock.h"

#include <gtest/gtest.h>

#include "pktgen/io/clock/followed_clock.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint64_t kEpoch = 1'800'000'000'000'000'000;
constexpr std::uint64_t kStart = 77'000'000'000;

// A device that ticks at 312.5 MHz: 3.2 ns a tick.
std::uint64_t ticks_at(std::uint64_t ns) {
  return kStart + ns * 10 / 32;
}

TEST(DeviceClock, NotReadyBeforeTheRateIsKnown) {
  DeviceClock c;
  EXPECT_EQ(c.to_ns(kStart), 0u);
  c.reading(ticks_at(0), kEpoch);
  c.reading(ticks_at(DeviceClock::kApartNs - 1), kEpoch + DeviceClock::kApartNs - 1);
  EXPECT_FALSE(c.ready());
  c.reading(ticks_at(DeviceClock::kApartNs), kEpoch + DeviceClock::kApartNs);
  EXPECT_TRUE(c.ready());
}

TEST(DeviceClock, MapsForwardsAndBackwards) {
  DeviceClock c;
  for (std::uint64_t ns = 0; ns <= 1'000'000'000; ns += 10'000'000) c.reading(ticks_at(ns), kEpoch + ns);
  for (const std::uint64_t ns : {999'000'000u, 1'000'000'000u, 1'005'000'000u})
    EXPECT_NEAR(static_cast<double>(c.to_ns(ticks_at(ns)) - kEpoch), static_cast<double>(ns), 5) << ns;
}

TEST(DeviceClock, AStampOfAnotherClockIsNone) {
  DeviceClock c;
  for (std::uint64_t ns = 0; ns <= 1'000'000'000; ns += 10'000'000) c.reading(ticks_at(ns), kEpoch + ns);
  EXPECT_EQ(c.to_ns(kEpoch), 0u);
  EXPECT_EQ(c.to_ns(1), 0u);
  EXPECT_NE(c.to_ns(ticks_at(59'000'000'000)), 0u);
}

TEST(DeviceClock, FollowsAClockThatDrifts) {
  DeviceClock c;
  // 50 ppm faster from the first second on: readings of the last 200 ms decide, not the first.
  std::uint64_t ticks = kStart;
  for (int i = 0; i < 300; ++i) {
    ticks += i < 100 ? 3'125'000 : 3'125'156;
    c.reading(ticks, kEpoch + static_cast<std::uint64_t>(i) * 10'000'000);
  }
  EXPECT_NEAR(static_cast<double>(c.to_ns(ticks + 3'125'156) - kEpoch), 3e9, 20);
}

// Three of four readings lose the CPU for 4 ms in the middle.
TEST(FollowedClock, AReadingThatWasInterruptedIsRepeated) {
  int reads = 0;
  const auto read = [&](std::uint64_t& ticks) noexcept {
    ticks = kernel_clock_ns(CLOCK_REALTIME) + kStart;
    if (reads++ % 4 != 2) std::this_thread::sleep_for(std::chrono::milliseconds(4));
    return true;
  };
  FollowedClock c;
  ASSERT_TRUE(c.learn(read));
  for (int i = 0; i < 3; ++i) {
    c.follow_when_due(kernel_clock_ns(CLOCK_REALTIME) + kStart, read);
    const std::uint64_t now = kernel_clock_ns(CLOCK_REALTIME);
    EXPECT_NEAR(static_cast<double>(static_cast<std::int64_t>(c.to_ns(now + kStart) - now)), 0, 500'000);
  }
}

TEST(FollowedClock, IsReadWhenDueAlsoWhenTheHostsClockWasSetBack) {
  int reads = 0;
  std::uint64_t last = 0;
  const auto read = [&](std::uint64_t& ticks) noexcept {
    ++reads;
    ticks = last = kernel_clock_ns(CLOCK_REALTIME);
    return true;
  };
  FollowedClock c;
  ASSERT_TRUE(c.learn(read));
  const int learned = reads;
  c.follow_when_due(last + DeviceClock::kApartNs / 2, read);
  EXPECT_EQ(reads, learned);
  c.follow_when_due(last - 2 * DeviceClock::kApartNs, read);
  EXPECT_GT(reads, learned);
}

TEST(FollowedClock, OneThatCannotBeReadOrStandsStillIsNotLearned) {
  FollowedClock c;
  EXPECT_FALSE(c.learn([](std::uint64_t&) noexcept { return false; }));
  EXPECT_FALSE(c.learn([](std::uint64_t& ticks) noexcept {
    ticks = 5;
    return true;
  }));
}

}  // namespace
}  // namespace hopcost::pktgen
