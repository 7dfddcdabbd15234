#include "analyzer/watch/memory_share.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "analyzer/tap/af_packet/ring.h"

namespace hopcost::analyzer {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr MemoryWishes kNone{};

Config with_taps(std::size_t n) {
  Config config;
  config.json = true;
  for (std::size_t i = 0; i < n; ++i) {
    TapSpec spec;
    spec.name = std::to_string(i);
    spec.device = "lo";
    config.taps.push_back(spec);
  }
  return config;
}

/// What rings, table and flows of a shared-out config take.
std::size_t spent(const Config& c) {
  const std::size_t taps = c.taps.size();
  return taps * (c.tap_options.ring_bytes + c.max_flows * 8192) + (taps > 1 ? c.window * (16 + 8 * taps) : 0);
}

TEST(MemoryShare, DefaultsLeaveRoomForTheProgram) {
  Config config = with_taps(3);
  ASSERT_TRUE(share_memory(config, kNone, 4 * kMiB));
  EXPECT_LE(spent(config), 10 * kMiB);
  EXPECT_GE(config.tap_options.ring_bytes, kMiB);
  EXPECT_GE(config.window, 32768u);
  EXPECT_TRUE(validate(config));
  EXPECT_FALSE(config.tap_options.lean);
}

TEST(MemoryShare, AnyNumberOfTapsRunsAtTheDefaults) {
  for (std::size_t taps = 1; taps <= kMaxTaps; ++taps) {
    for (const bool json : {true, false}) {
      Config config = with_taps(taps);
      config.json = json;
      ASSERT_TRUE(share_memory(config, kNone, 5 * kMiB)) << taps;
      EXPECT_TRUE(validate(config)) << taps;
    }
  }
}

TEST(MemoryShare, LessMemoryMakesEverythingSmaller) {
  std::size_t last = 0;
  for (const std::size_t memory : {9 * kMiB, 12 * kMiB, 16 * kMiB, 24 * kMiB, 64 * kMiB}) {
    Config config = with_taps(3);
    ASSERT_TRUE(share_memory(config, {.memory = memory, .ring_bytes = {}, .window = {}}, 3 * kMiB)) << memory;
    EXPECT_LE(spent(config), memory - 5 * kMiB);
    EXPECT_GE(spent(config), last);
    EXPECT_TRUE(config.tap_options.lean);
    last = spent(config);
  }
}

TEST(MemoryShare, TooLittleSaysHowMuchItTakes) {
  Config config = with_taps(3);
  const auto refused = share_memory(config, {.memory = kMiB, .ring_bytes = {}, .window = {}}, 3 * kMiB);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::kUsage);
  const auto at = refused.error().what.find("at least ");
  ASSERT_NE(at, std::string::npos);
  const std::size_t least = std::stoul(refused.error().what.substr(at + 9)) * 1024;
  config = with_taps(3);
  EXPECT_TRUE(share_memory(config, {.memory = least + 1024, .ring_bytes = {}, .window = {}}, 3 * kMiB));
}

TEST(MemoryShare, WhatIsAskedForByNameStays) {
  Config config = with_taps(3);
  ASSERT_TRUE(share_memory(config, {.memory = {}, .ring_bytes = 32 * kMiB, .window = 1 << 20}, 4 * kMiB));
  EXPECT_EQ(config.tap_options.ring_bytes, 32 * kMiB);
  EXPECT_EQ(config.window, std::size_t{1} << 20);
}

TEST(MemoryShare, ThisProcessHoldsSomething) {
  EXPECT_GT(resident_bytes(), 100'000u);
}

TEST(MemoryShare, ASmallMachineHasSmallRingsOverTheChannel) {
  EXPECT_EQ(control_ring_bytes(256 * kMiB), kMinRingBytes);
  EXPECT_EQ(control_ring_bytes(std::uint64_t{4096} * kMiB), 2 * kMiB);
  EXPECT_GT(machine_bytes(), kMiB);
}

TEST(MemoryShare, ASmallRingHasAsManyBlocksAsALargeOne) {
  EXPECT_EQ(block_bytes_for(2 * kMiB), kMiB / 16);
  EXPECT_EQ(block_bytes_for(64 * kMiB), kMiB / 16);
  if (sysconf(_SC_PAGESIZE) <= 16384) {
    EXPECT_EQ(kMinRingBytes / block_bytes_for(kMinRingBytes), 32u);
  }
}

}  // namespace
}  // namespace hopcost::analyzer
