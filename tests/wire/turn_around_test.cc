#include "wire/turn_around.h"

#include <gtest/gtest.h>

#include "tests/wire/frames.h"
#include "tests/wire/oracle.h"
#include "wire/find_probe.h"

namespace hopcost {
namespace {

constexpr std::uint64_t kTx = 1'800'000'000'000'000'001;

MacAddress own() {
  return spec_v4().dst_mac;
}

std::vector<std::byte> probe_frame(const FrameSpec& s) {
  return stamped(*FrameTemplate::make(s, 9000), 77, kTx);
}

TurnVerdict verdict(const std::vector<std::byte>& f, const MacAddress& mac = own()) {
  Turnable where;
  return look_at(f, mac, where);
}

std::vector<std::byte> turned(std::vector<std::byte> f, std::uint64_t residence_ns) {
  Turnable where;
  EXPECT_EQ(look_at(f, own(), where), TurnVerdict::kTurn);
  swap_ends(f.data(), where);
  write_residence(f.data(), where, residence_ns);
  return f;
}

/// The frame another encoder makes of the same with both ends exchanged.
std::vector<std::byte> expected(FrameSpec s, std::uint64_t residence_ns) {
  std::swap(s.src_mac, s.dst_mac);
  std::swap(s.src_ip, s.dst_ip);
  std::swap(s.src_port, s.dst_port);
  auto f = probe_frame(s);
  store_probe(std::span(f).last<kProbeBytes>(),
              {s.flow, 77, kTx, static_cast<std::uint32_t>(residence_ns), true});
  const std::size_t udp = s.src_ip.v6 ? 54 : 34;
  f[udp + 6] = f[udp + 7] = std::byte{0};
  auto summed =
      std::vector<std::byte>(f.begin() + static_cast<std::ptrdiff_t>(udp) - (s.src_ip.v6 ? 32 : 8), f.end());
  const auto length = static_cast<std::uint16_t>(f.size() - udp);
  const std::uint16_t sum = oracle::checksum(summed);
  const std::uint32_t with_pseudo = static_cast<std::uint16_t>(~sum) + length + 17u;
  const auto folded = static_cast<std::uint16_t>(~((with_pseudo & 0xffff) + (with_pseudo >> 16)));
  store_be<std::uint16_t>(&f[udp + 6], folded == 0 ? 0xffff : folded);
  return f;
}

// Even and odd sizes, for the probe's place in the checksum's words differs.
TEST(TurnAround, EveryByteIsRight) {
  for (const std::uint32_t size : {84u, 85u, 128u, 1517u, 1518u}) {
    for (FrameSpec s : {spec_v4(size), spec_v6(size)}) {
      for (const std::uint64_t residence : {0u, 1u, 1234u, 65535u, 65536u, 123'456'789u}) {
        const auto f = turned(probe_frame(s), residence);
        EXPECT_TRUE(oracle::frame_is_right(f)) << size << " " << residence;
        EXPECT_EQ(f, expected(s, residence)) << size << " " << residence;
      }
    }
  }
}

TEST(TurnAround, SumsOfZeroAndOnesStayRight) {
  int ones = 0;
  for (std::uint32_t residence = 0; residence < 70'000; ++residence) {
    const auto f = turned(probe_frame(spec_v4()), residence);
    ASSERT_TRUE(oracle::frame_is_right(f)) << residence;
    ones += f[40] == std::byte{0xff} && f[41] == std::byte{0xff};
  }
  EXPECT_GE(ones, 1);  // 0 was met, and sent as ffff
}

TEST(TurnAround, NoChecksumStaysNone) {
  auto f = probe_frame(spec_v4());
  f[40] = f[41] = std::byte{0};
  f = turned(f, 5);
  EXPECT_EQ(f[40], std::byte{0});
  EXPECT_EQ(f[41], std::byte{0});
  EXPECT_EQ(find_probe(f).value().probe.residence_ns, 5u);
}

TEST(TurnAround, AWrongChecksumStaysWrong) {
  auto f = probe_frame(spec_v4());
  f[41] ^= std::byte{1};
  EXPECT_FALSE(oracle::frame_is_right(turned(f, 5)));
}

TEST(TurnAround, BehindTagsAndPadding) {
  for (const int type : {0x81, 0x88, 0x91}) {  // 802.1Q, 802.1ad, and 0x9100 of before that
    auto f = probe_frame(spec_v4());
    const std::byte tag[] = {static_cast<std::byte>(type),
                             std::byte{static_cast<unsigned char>(type == 0x88 ? 0xa8 : 0)}, std::byte{0},
                             std::byte{5}};
    f.insert(f.begin() + 12, tag, tag + 4);
    f.resize(f.size() + 30);
    f = turned(f, 9);
    f.erase(f.begin() + 12, f.begin() + 16);
    f.resize(f.size() - 30);
    EXPECT_EQ(f, expected(spec_v4(), 9)) << type;
  }
}

TEST(TurnAround, NothingIsTurnedTwice) {
  const auto f = turned(probe_frame(spec_v4()), 5);
  EXPECT_EQ(verdict(f, spec_v4().src_mac), TurnVerdict::kReflected);
  EXPECT_EQ(verdict(f), TurnVerdict::kReflected);
}

TEST(TurnAround, OnlyWhatIsAddressedToTheReflector) {
  EXPECT_EQ(verdict(probe_frame(spec_v4()), *parse_mac("02:00:00:00:00:03")), TurnVerdict::kNotOurs);
  for (const char* group : {"ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "33:33:00:00:00:01"}) {
    FrameSpec s = spec_v4();
    s.dst_mac = *parse_mac(group);
    EXPECT_EQ(verdict(probe_frame(s)), TurnVerdict::kNotOurs) << group;
  }
  EXPECT_EQ(verdict(std::vector<std::byte>(60)), TurnVerdict::kForeign);
}

TEST(TurnAround, SendersThatCannotBeAnswered) {
  for (const char* mac :
       {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "02:00:00:00:00:02"}) {
    FrameSpec s = spec_v4();
    s.src_mac = *parse_mac(mac);
    EXPECT_EQ(verdict(probe_frame(s)), TurnVerdict::kMalformed) << mac;
  }
}

TEST(TurnAround, WhatIsNoPlainUdpIsLeftAlone) {
  const auto with = [](std::size_t at, int byte) {
    auto f = probe_frame(spec_v4(80));
    f[at] = static_cast<std::byte>(byte);
    return verdict(f);
  };
  EXPECT_EQ(with(23, 6), TurnVerdict::kMalformed);     // TCP
  EXPECT_EQ(with(39, 0x20), TurnVerdict::kMalformed);  // UDP's length is not IP's
  EXPECT_EQ(with(21, 0x01), TurnVerdict::kMalformed);  // a last fragment
  EXPECT_EQ(with(12, 0x12), TurnVerdict::kMalformed);  // no IP: the probe is the frame's tail
  EXPECT_EQ(with(14, 0x4f), TurnVerdict::kForeign);    // a header longer than the packet
  auto v6 = probe_frame(spec_v6());
  v6[20] = std::byte{0};  // an extension header
  EXPECT_EQ(verdict(v6), TurnVerdict::kMalformed);
}

TEST(TurnAround, AFrameCutAnywhereIsNone) {
  const auto whole = probe_frame(spec_v4());
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_NE(verdict({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)}), TurnVerdict::kTurn)
        << n;
}

}  // namespace
}  // namespace hopcost
