#include "wire/find_probe.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/wire/frames.h"

namespace hopcost {
namespace {

constexpr Probe kProbe{0x1234, 77, 1'800'000'000'000'000'001};

std::vector<std::byte> frame(const FrameSpec& s) {
  return stamped(*FrameTemplate::make(s, 1500), kProbe.sequence, kProbe.tx_ns);
}

std::vector<std::byte> with_bytes_at(std::vector<std::byte> f, std::size_t at,
                                     std::initializer_list<int> bytes) {
  std::vector<std::byte> insert;
  for (const int b : bytes) insert.push_back(static_cast<std::byte>(b));
  f.insert(f.begin() + static_cast<std::ptrdiff_t>(at), insert.begin(), insert.end());
  return f;
}

void expect_found(const std::vector<std::byte>& f, FoundProbe::Place place) {
  const auto found = find_probe(f);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->probe, kProbe);
  EXPECT_EQ(found->place, place);
}

TEST(FindProbe, BothFamilies) {
  expect_found(frame(spec_v4()), FoundProbe::Place::kPacketEnd);
  expect_found(frame(spec_v6(200)), FoundProbe::Place::kPacketEnd);
}

TEST(FindProbe, PaddingBehindTheDatagram) {
  auto f = frame(spec_v4());
  f.resize(f.size() + 46, std::byte{0});
  expect_found(f, FoundProbe::Place::kPacketEnd);
}

TEST(FindProbe, VlanAndQinQ) {
  const auto vlan = with_bytes_at(frame(spec_v4()), 12, {0x81, 0, 0, 5});
  expect_found(vlan, FoundProbe::Place::kPacketEnd);
  expect_found(with_bytes_at(vlan, 12, {0x88, 0xa8, 0, 6}), FoundProbe::Place::kPacketEnd);
}

TEST(FindProbe, Ipv4Options) {
  auto f = with_bytes_at(frame(spec_v4()), 34, {1, 1, 1, 1});
  f[14] = std::byte{0x46};
  f[17] = std::byte{46 + 4};
  f.resize(f.size() + 10, std::byte{0xee});
  expect_found(f, FoundProbe::Place::kPacketEnd);
}

TEST(FindProbe, Ipv6ExtensionHeader) {
  auto f = with_bytes_at(frame(spec_v6()), 54, {17, 0, 1, 4, 0, 0, 0, 0});
  f[20] = std::byte{0};           // next header: hop-by-hop
  f[19] = std::byte{8 + 18 + 8};  // payload length
  f.resize(f.size() + 3, std::byte{0});
  expect_found(f, FoundProbe::Place::kPacketEnd);
}

TEST(FindProbe, UnknownHeadersFallBackToTheTail) {
  auto f = frame(spec_v4());
  f[12] = std::byte{0x12};
  expect_found(f, FoundProbe::Place::kFrameTail);
  f = frame(spec_v4());
  f[14] = std::byte{0x95};  // an IP version of 9
  expect_found(f, FoundProbe::Place::kFrameTail);
}

TEST(FindProbe, AUdpLengthDoesNotMatter) {
  auto f = frame(spec_v4());
  f[38] = std::byte{0xff};  // beyond the packet
  expect_found(f, FoundProbe::Place::kPacketEnd);
}

TEST(FindProbe, NoProbeIsNone) {
  auto f = frame(spec_v4());
  f[42] = std::byte{0};
  EXPECT_FALSE(find_probe(f));
  EXPECT_FALSE(find_probe({}));
  EXPECT_FALSE(find_probe(std::span(f).first(17)));
}

// Every cut of good frames, and frames with bytes changed at random: nothing outside the buffer is read. The
// bytes are on the heap at their exact size, so that a sanitizer build sees it.
TEST(FindProbe, HostileBytes) {
  std::mt19937 random(7);
  const auto vlan = with_bytes_at(frame(spec_v6(120)), 12, {0x88, 0xa8, 0, 6, 0x81, 0, 0, 5});
  for (const auto& good : {frame(spec_v4()), frame(spec_v6()), vlan}) {
    for (std::size_t n = 0; n <= good.size(); ++n)
      (void)find_probe(std::vector(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n)));
    for (int round = 0; round < 20000; ++round) {
      auto f = good;
      for (int changes = 1 + static_cast<int>(random() % 4); changes > 0; --changes)
        f[random() % 64 % f.size()] = static_cast<std::byte>(random());
      f.resize(f.size() - random() % 3);
      f.shrink_to_fit();
      const auto found = find_probe(f);
      if (found) {
        EXPECT_LE(found->offset + kProbeBytes, f.size());
      }
    }
  }
}

}  // namespace
}  // namespace hopcost
