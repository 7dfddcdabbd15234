#include "wire/probe.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace hopcost {
namespace {

TEST(Probe, GoldenBytes) {
  std::array<std::byte, kProbeBytes> out;
  store_probe(out, {.flow = 0x0102, .sequence = 0x030405060708, .tx_ns = 0x1112131415161718});
  const unsigned char expected[] = {0x4c, 0x71, 1,    2,    3,    4,    5,    6,    7,
                                    8,    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};
  EXPECT_EQ(std::memcmp(out.data(), expected, sizeof expected), 0);
}

TEST(Probe, RoundTrip) {
  std::array<std::byte, kProbeBytes> out;
  for (const Probe p : {Probe{}, Probe{65535, kProbeSequenceMask, ~std::uint64_t{0}},
                        Probe{1, 1, 1'800'000'000'000'000'000}}) {
    store_probe(out, p);
    EXPECT_EQ(load_probe(out), p);
  }
}

TEST(Probe, ReflectedGoldenBytes) {
  std::array<std::byte, kProbeBytes> out;
  store_probe(out, {.flow = 0x0102,
                    .sequence = 0x030405060708,
                    .tx_ns = 0x1112131415161718,
                    .residence_ns = 0x6bcdef9,
                    .reflected = true});
  const unsigned char expected[] = {0x4c, 0x72, 1,    2,    3,    4,    5,    6,    7,
                                    8,    0x35, 0xe6, 0xf7, 0xcc, 0x15, 0x16, 0x17, 0x18};
  EXPECT_EQ(std::memcmp(out.data(), expected, sizeof expected), 0);
  EXPECT_EQ(load_probe(out), (Probe{0x0102, 0x030405060708, 0x415161718, 0x6bcdef9, true}));
  for (const int bit : {6, 7}) {
    auto other = out;
    other[kProbeTimeOffset] |= std::byte{1} << bit;
    EXPECT_FALSE(load_probe(other)) << bit;
  }
}

TEST(Probe, AResidenceTooLongSaturates) {
  for (const std::uint64_t ns :
       {std::uint64_t{kLongestResidenceNs}, std::uint64_t{1} << 27, ~std::uint64_t{0}})
    EXPECT_EQ(reflected_time_word(5, ns) >> kReflectedTimeBits, kLongestResidenceNs) << ns;
  EXPECT_EQ(reflected_time_word(~std::uint64_t{0}, 0), kReflectedTimeMask);
}

TEST(Probe, AReflectedTimeIsCompletedFromAnyClockWithin17Seconds) {
  const std::uint64_t tx = 1'800'000'000'123'456'789;
  const Probe p{.tx_ns = tx & kReflectedTimeMask, .residence_ns = 7, .reflected = true};
  constexpr std::int64_t kHalf = std::int64_t{1} << (kReflectedTimeBits - 1);
  for (const std::int64_t off : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, kHalf, -kHalf + 1})
    EXPECT_EQ(complete(p, tx + static_cast<std::uint64_t>(off)).tx_ns, tx) << off;
  EXPECT_NE(complete(p, tx + static_cast<std::uint64_t>(kHalf) + 1).tx_ns, tx);
  EXPECT_EQ(complete({.tx_ns = 9}, tx).tx_ns, 9u);  // one that was not reflected knows its time
}

TEST(Probe, SequenceAbove48BitsDoesNotSpillIntoFlow) {
  std::array<std::byte, kProbeBytes> out;
  store_probe(out, {.flow = 7, .sequence = kProbeSequenceMask + 5, .tx_ns = 0});
  EXPECT_EQ(load_probe(out), (Probe{7, 4, 0}));
}

TEST(Probe, OtherMagicOrVersionIsNone) {
  std::array<std::byte, kProbeBytes> out;
  store_probe(out, {});
  for (const int bit : {2, 3, 7}) {
    auto other = out;
    other[1] ^= std::byte{1} << bit;
    EXPECT_FALSE(load_probe(other)) << bit;
  }
}

}  // namespace
}  // namespace hopcost
