// The stamps a driver leaves beside sent frames, read off an area laid out by hand.
#include "pktgen/io/af_xdp/xsk_departures.h"

#include <gtest/gtest.h>

#include <array>

#include "base/clock.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint32_t kFrameBytes = 2048;

/// Two frames; the "NIC" keeps TAI, the kernel's other time line.
struct Area {
  alignas(8) std::array<std::byte, std::size_t{2} * kFrameBytes> bytes{};
  XskDepartures departures{bytes.data(), kFrameBytes, 2, HardwareClock::of(CLOCK_TAI).value()};
  static constexpr std::uint64_t address(std::uint64_t frame) { return frame * kFrameBytes + 24; }
  std::uint64_t& word(std::uint64_t frame, std::size_t i) {
    return *reinterpret_cast<std::uint64_t*>(bytes.data() + frame * kFrameBytes + i * 8);
  }
};

TEST(XskDepartures, AsksInTheKernelsLayout) {
  Area a;
  a.word(1, 1) = 77;  // of an earlier turn
  a.departures.ask(Area::address(1), 5);
  EXPECT_EQ(a.word(1, 0), 1u);  // XDP_TXMD_FLAGS_TIMESTAMP
  EXPECT_EQ(a.word(1, 1), 0u);
  EXPECT_EQ(a.word(0, 0), 0u);
  for (std::size_t i = 24; i < kFrameBytes; ++i) ASSERT_EQ(a.bytes[kFrameBytes + i], std::byte{0});
}

TEST(XskDepartures, AStampIsMappedOntoTheTimeOfTheFrames) {
  Area a;
  const std::uint64_t given = kernel_clock_ns(CLOCK_REALTIME), tai = kernel_clock_ns(CLOCK_TAI);
  a.departures.ask(Area::address(0), given);
  a.departures.ask(Area::address(1), given + 1'000'000);
  a.word(1, 1) = tai + 51'000'000;
  a.word(0, 1) = tai + 20'000'000;
  a.departures.take(Area::address(1));
  a.departures.take(Area::address(0));
  const DepartureStamps& s = a.departures.stamps();
  EXPECT_EQ(s.delay().count(), 2u);
  EXPECT_EQ(s.missing() + s.negative(), 0u);
  // Between the two readings above lies what it takes to read; a busy machine may let it wait.
  EXPECT_NEAR(static_cast<double>(s.delay().max() - s.delay().min()), 30e6, 1e6);
  EXPECT_NEAR(static_cast<double>(s.delay().min()), 20e6, 10e6);
}

TEST(XskDepartures, WhatHasNoStampOrAnImpossibleOneIsCounted) {
  Area a;
  const std::uint64_t given = kernel_clock_ns(CLOCK_REALTIME);
  for (const std::uint64_t stamp : {std::uint64_t{0}, std::uint64_t{123'456}}) {  // none; of another clock
    a.departures.ask(Area::address(0), given);
    a.word(0, 1) = stamp;
    a.departures.take(Area::address(0));
  }
  EXPECT_EQ(a.departures.stamps().missing(), 2u);
  EXPECT_FALSE(a.departures.stamps().any());
  a.departures.ask(Area::address(0), given);
  a.word(0, 1) = kernel_clock_ns(CLOCK_TAI) - 1'000'000'000;
  a.departures.take(Area::address(0));
  EXPECT_EQ(a.departures.stamps().negative(), 1u);
  a.departures.ask(Area::address(0), given);
  a.word(0, 1) = kernel_clock_ns(CLOCK_TAI);
  a.departures.begin();
  a.departures.take(Area::address(0));  // of the run before
  EXPECT_EQ(a.departures.stamps().missing() + a.departures.stamps().negative(), 0u);
  EXPECT_FALSE(a.departures.stamps().any());
}

}  // namespace
}  // namespace hopcost::pktgen
