#include "wire/frame_template.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/wire/frames.h"
#include "tests/wire/oracle.h"
#include "wire/find_probe.h"

namespace hopcost {
namespace {

constexpr std::uint32_t kMtu = 1500;

std::vector<std::byte> from_hex(std::string hex) {
  std::erase(hex, ' ');
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

// The example of doc/probe-format.md; its checksums were worked out apart from this code.
TEST(FrameTemplate, GoldenIpv4) {
  const auto t = FrameTemplate::make(spec_v4(), kMtu);
  ASSERT_TRUE(t);
  EXPECT_EQ(stamped(*t, 42, 0x18fae27693b4f100), from_hex("020000000002 020000000001 0800"
                                                          "4500002e 00004000 4011 ae97 c6120001 c6120002"
                                                          "0009 0007 001a 948c"
                                                          "4c71 1234 00000000002a 18fae27693b4f100"));
}

TEST(FrameTemplate, GoldenIpv6) {
  const auto t = FrameTemplate::make(spec_v6(), kMtu);
  ASSERT_TRUE(t);
  EXPECT_EQ(stamped(*t, 42, 0x18fae27693b4f100),
            from_hex("020000000002 020000000001 86dd"
                     "60000000 001a 11 40 20010002000000000000000000000001 20010002000000000000000000000002"
                     "0009 0007 001a e0ab"
                     "4c71 1234 00000000002a 18fae27693b4f100"));
}

TEST(FrameTemplate, ChecksumsHoldAtEverySizeAndParity) {
  std::mt19937_64 random(1);
  for (const bool v6 : {false, true}) {
    for (std::uint32_t size = min_frame_size(v6); size <= max_frame_size(kMtu); ++size) {
      const auto t = FrameTemplate::make(v6 ? spec_v6(size) : spec_v4(size), kMtu);
      ASSERT_TRUE(t) << size;
      ASSERT_EQ(t->size(), size - kFcsBytes);
      const Probe p{0x1234, random() & kProbeSequenceMask, random() >> 2};
      const auto f = stamped(*t, p.sequence, p.tx_ns);
      ASSERT_TRUE(oracle::frame_is_right(f)) << size;
      const auto found = find_probe(f);
      ASSERT_TRUE(found) << size;
      EXPECT_EQ(found->probe, p);
      EXPECT_EQ(found->offset, f.size() - kProbeBytes);
    }
  }
}

// Among 65536 consecutive numbers the checksum takes each value, 0 among them, which must be sent as 0xffff.
TEST(FrameTemplate, ZeroChecksumIsSentAsAllOnes) {
  for (const std::uint32_t size : {84u, 85u}) {
    const auto t = FrameTemplate::make(spec_v6(size), kMtu);
    ASSERT_TRUE(t);
    int all_ones = 0;
    for (std::uint64_t n = 0; n < 65536; ++n) {
      const auto f = stamped(*t, n, 0);
      ASSERT_TRUE(oracle::frame_is_right(f)) << size << " " << n;
      all_ones += f[60] == std::byte{0xff} && f[61] == std::byte{0xff} ? 1 : 0;
    }
    EXPECT_GE(all_ones, 1);
  }
}

TEST(FrameTemplate, RestampingLeavesNoTrace) {
  const auto t = FrameTemplate::make(spec_v4(65), kMtu);
  ASSERT_TRUE(t);
  auto f = stamped(*t, kProbeSequenceMask, ~std::uint64_t{0});
  t->stamp(f.data(), 3, 4);
  EXPECT_EQ(f, stamped(*t, 3, 4));
}

TEST(FrameTemplate, SequenceAbove48BitsDoesNotSpillIntoFlow) {
  const auto t = FrameTemplate::make(spec_v4(), kMtu);
  ASSERT_TRUE(t);
  EXPECT_EQ(stamped(*t, kProbeSequenceMask + 3, 5), stamped(*t, 2, 5));
}

TEST(FrameTemplate, TooSmallNamesTheMinimum) {
  const auto v4 = FrameTemplate::make(spec_v4(63), kMtu);
  ASSERT_FALSE(v4);
  EXPECT_EQ(v4.error().code, Exit::kUsage);
  EXPECT_NE(v4.error().hint.find("64"), std::string::npos) << v4.error().hint;
  const auto v6 = FrameTemplate::make(spec_v6(83), kMtu);
  ASSERT_FALSE(v6);
  EXPECT_NE(v6.error().hint.find("84"), std::string::npos) << v6.error().hint;
}

TEST(FrameTemplate, AboveMtuIsRefused) {
  EXPECT_TRUE(FrameTemplate::make(spec_v4(1518), kMtu));
  const auto t = FrameTemplate::make(spec_v4(1519), kMtu);
  ASSERT_FALSE(t);
  EXPECT_EQ(t.error().code, Exit::kUsage);
  EXPECT_NE(t.error().hint.find("1518"), std::string::npos);
}

TEST(FrameTemplate, MixedFamiliesAreRefused) {
  FrameSpec s = spec_v4(100);
  s.dst_ip = *parse_ip("2001:2::2");
  EXPECT_FALSE(FrameTemplate::make(s, kMtu));
}

}  // namespace
}  // namespace hopcost
