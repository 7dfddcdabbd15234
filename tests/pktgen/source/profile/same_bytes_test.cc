// The hot path of profiles against the slow oracle: the same bytes, whatever the batches, and whatever the
// frames held before.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/random.h"
#include "tests/pktgen/source/profile/make.h"
#include "tests/pktgen/source/profile/slow_source.h"
#include "wire/dissect.h"

namespace hopcost::pktgen {
namespace {

constexpr const char* kProfiles[] = {
    kWild,
    "eth/ipv4/udp",
    "eth/ipv4/udp size=64..1518",
    "eth/ipv4/udp size=~64..90 fill=255",
    "eth/ipv4(src=198.18.0.1..198.18.0.254,dst=~198.19.0.1|198.19.0.9)/udp(src_port=~1..65535) size=imix",
    "eth/ipv4/udp size=imix; eth/vlan/ipv6/tcp size=~84..1518 fill=7 weight=3; eth/arp; eth/ipv4/tcp "
    "payload=none",
    "eth/ipv4(dst=198.19.0.0..198.19.255.255,checksum=wrong)/udp(checksum=wrong,dst_port=~1..9) "
    "size=65|64|1517",
    "eth/ipv6(dst=~2001:2::..2001:2::ffff:ffff:ffff:ffff,src=2001:2::1..2001:2::9)/udp(checksum=wrong) "
    "size=84..100",
    "eth/ipv4/udp(checksum=none) size=64|128|65 probe=no; eth/ipv6/icmpv6(seq=0..65535) size=~82..90",
    "eth/ipv4/gre/ipv4(id=0..65535)/udp(src_port=1..9) size=~90..300; eth/mpls(label=~0..1048575)/ipv4/icmp",
    "eth(type=~0..65535); eth(src=~02:00:00:00:00:00..02:ff:ff:ff:ff:ff) size=64..70",
};

/// Frames of both, given out as a port would: in batches of all sizes, from a pool of frames in no order.
void expect_same_bytes(const Profile& profile, std::size_t count, bool others_write) {
  auto fast = ProfileSource::make(profile, context()).value();
  SlowSource slow(profile, context());
  Random random(5);
  fast.begin(!others_write);
  const std::size_t room = fast.first_frame().size();
  std::vector<std::vector<std::byte>> pool(150, std::vector<std::byte>(room, std::byte{0xee}));
  std::vector<std::byte*> frames;
  for (auto& f : pool) frames.push_back(f.data());
  for (std::size_t made = 0; made < count;) {
    random.shuffle(frames);
    if (others_write)
      for (auto& f : pool) f[random.below(room)] = std::byte{0xdd};
    const std::size_t n = random.below(3) == 0 ? kMaxBatch : 1 + random.below(kMaxBatch);
    const std::uint64_t ns = random.bits() >> 2;
    const std::span<std::byte* const> batch = std::span(frames).first(n);
    // A departure that was not made after all, as at the end of a run.
    if (random.below(4) == 0) fast.prepare(std::span(frames).last(1 + random.below(kMaxBatch)));
    fast.prepare(batch);
    const auto lengths = fast.lengths();
    const std::uint64_t bytes = fast.stamp(batch, ns);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i, ++made) {
      const std::vector<std::byte> right = slow.next(ns);
      ASSERT_EQ(std::vector(frames[i], frames[i] + lengths[i]), right) << made << ": " << layer_lines(right);
      sum += right.size();
    }
    ASSERT_EQ(bytes, sum);
  }
}

TEST(SameBytes, OfEveryKindOfProfile) {
  for (const char* text : kProfiles) {
    SCOPED_TRACE(text);
    const auto profile = load_profile(text);
    ASSERT_TRUE(profile) << describe(profile.error());
    expect_same_bytes(*profile, 6000, false);
    if (HasFatalFailure()) return;
  }
}

TEST(SameBytes, OfTheShippedProfiles) {
  for (const auto& name : shipped_profiles()) {
    SCOPED_TRACE(name);
    expect_same_bytes(load_profile(name).value(), 4000, false);
    if (HasFatalFailure()) return;
  }
}

// Lanes that share a port write into each other's frames.
TEST(SameBytes, WhereOthersWriteIntoTheFrames) {
  for (const char* text : kProfiles) {
    SCOPED_TRACE(text);
    expect_same_bytes(load_profile(text).value(), 1000, true);
    if (HasFatalFailure()) return;
  }
}

// What a port filled its frames with for another run is not taken for one's own.
TEST(SameBytes, InARunAfterAnother) {
  auto source = source_of("eth/ipv4/udp size=1518|64|1518 fill=9").value();
  std::vector<std::byte> frame(source.first_frame().size());
  const std::array<std::byte*, 1> lent{frame.data()};
  const auto write = [&] {
    source.prepare(lent);
    source.stamp(lent, 1);
  };
  write();
  std::fill(frame.begin(), frame.end(), std::byte{1});
  source.begin(true);
  write();
  write();
  ASSERT_EQ(source.lengths()[0], 1514);
  EXPECT_EQ(std::vector(&frame[42], &frame[1514 - kProbeBytes]),
            std::vector(1514 - kProbeBytes - 42, std::byte{9}));
}

}  // namespace
}  // namespace hopcost::pktgen
