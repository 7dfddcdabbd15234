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

TEST(Probe, SequenceAbove48BitsDoesNotSpillIntoFlow) {
  std::array<std::byte, kProbeBytes> out;
  store_probe(out, {.flow = 7, .sequence = kProbeSequenceMask + 5, .tx_ns = 0});
  EXPECT_EQ(load_probe(out), (Probe{7, 4, 0}));
}

TEST(Probe, OtherMagicOrVersionIsNone) {
  std::array<std::byte, kProbeBytes> out;
  store_probe(out, {});
  for (const int bit : {0, 3, 7}) {
    auto other = out;
    other[1] ^= std::byte{1} << bit;
    EXPECT_FALSE(load_probe(other)) << bit;
  }
}

}  // namespace
}  // namespace hopcost
