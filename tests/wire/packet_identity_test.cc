// A packet stays itself on every path, and another packet is another one.
#include "wire/packet_identity.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/wire/encapsulated_frames.h"

namespace hopcost {
namespace {

using namespace encapsulate;

std::optional<PacketIdentity> of(const Bytes& f, IdentityOf by = IdentityOf::kFiveTuple) {
  return identify_packet(f, f.size(), by);
}
std::uint64_t number(const Bytes& f, IdentityOf by = IdentityOf::kFiveTuple) {
  const auto id = of(f, by);
  EXPECT_TRUE(id);
  return id ? id->number : 0;
}
Bytes plain(int protocol, const Bytes& payload) {
  return ethernet(0x0800, ipv4(protocol, payload));
}
Bytes with(Bytes f, std::size_t at, int value) {
  f.at(at) = static_cast<std::byte>(value);
  return f;
}

TEST(PacketIdentity, IsTheInnermostPacketsOnEveryPath) {
  const std::uint64_t v4 = number(encapsulated_frames()[0].bytes),
                      v6 = number(encapsulated_frames()[1].bytes);
  EXPECT_NE(v4, v6);
  auto all = encapsulated::link_frames();
  for (const auto& f : encapsulated::tunnel_frames()) all.push_back(f);
  for (const auto& f : all) {
    const auto id = of(f.bytes);
    ASSERT_TRUE(id) << f.name;
    EXPECT_EQ(id->number, id->flow.source.v6 ? v6 : v4) << f.name;
    EXPECT_EQ(to_string(id->flow), id->flow.source.v6 ? "[2001:2::1]:50000 > [2001:2::2]:7 udp"
                                                      : "198.18.0.1:50000 > 198.18.0.2:7 udp");
  }
}

TEST(PacketIdentity, NatChangesTheFlowAlone) {
  using namespace encapsulated;
  const Bytes before = ethernet(0x0800, ip4());
  const Bytes after =
      ethernet(0x0800, ipv4(17, udp(9, probe_payload(), "c6120a07 c6120002", 40001), "c6120a07 c6120002"));
  EXPECT_NE(number(before), number(after));
  EXPECT_EQ(number(before, IdentityOf::kPayload), number(after, IdentityOf::kPayload));
  EXPECT_EQ(to_string(of(after)->flow), "198.18.10.7:40001 > 198.18.0.2:9 udp");
}

TEST(PacketIdentity, WhatChangesOnTheWayDoesNotCount) {
  constexpr std::size_t kIp = 14, kTcp = 34;
  const Bytes f = plain(6, tcp(Bytes(100)));
  for (const std::size_t at : {std::size_t{0}, std::size_t{7}, kIp + 1, kIp + 8, kIp + 10, kTcp + 16})
    EXPECT_EQ(number(with(f, at, 0x5a)), number(f)) << at;
  Bytes padded = f;
  padded.resize(f.size() + 20, std::byte{7});
  EXPECT_EQ(number(padded), number(f));
  // A gateway lowers the MSS of a SYN, and of nothing else.
  const Bytes options = hex("c350 c351 00000001 00000000 60 02 ffff 0000 0000 02040218");
  const Bytes syn = plain(6, options), other_mss = with(syn, kTcp + 23, 0x10);
  EXPECT_EQ(number(syn), number(other_mss));
  EXPECT_NE(number(with(syn, kTcp + 13, 0x10)), number(with(other_mss, kTcp + 13, 0x10)));
}

TEST(PacketIdentity, WhatTellsPacketsApartCounts) {
  constexpr std::size_t kIp = 14, kTcp = 34;
  const Bytes f = plain(6, tcp(Bytes(100)));
  // id, source, destination, ports, sequence, acknowledgement, flags, window, payload's first and 64th byte
  for (const std::size_t at : {kIp + 5, kIp + 12, kIp + 19, kTcp, kTcp + 3, kTcp + 7, kTcp + 11, kTcp + 13,
                               kTcp + 15, kTcp + 20, kTcp + 83})
    EXPECT_NE(number(with(f, at, 0x5a)), number(f)) << at;
  EXPECT_EQ(number(with(f, kTcp + 84, 0x5a)), number(f)) << "looked at beyond 64 bytes";
  EXPECT_NE(number(plain(6, tcp(Bytes(101)))), number(f)) << "the length";
  EXPECT_NE(number(plain(17, udp(7, Bytes(20)))), number(plain(17, udp(7, Bytes(21)))));
}

TEST(PacketIdentity, AnEchoGetsAnotherIdFromNat) {
  const Bytes echo = plain(1, icmp(8, Bytes(56)));
  EXPECT_EQ(number(with(with(echo, 36, 1), 39, 9)), number(echo)) << "checksum and id";
  EXPECT_NE(number(with(echo, 41, 9)), number(echo)) << "sequence";
}

TEST(PacketIdentity, ACutOneIsItselfOrNothing) {
  auto frames = encapsulated_frames();
  frames.push_back({"long", plain(17, udp(7, Bytes(1400))), ""});
  for (const auto& f : frames) {
    const std::uint64_t whole = number(f.bytes);
    for (std::size_t n = 0; n < f.bytes.size(); ++n) {
      const Bytes cut(f.bytes.begin(), f.bytes.begin() + static_cast<std::ptrdiff_t>(n));
      const auto id = identify_packet(cut, f.bytes.size(), IdentityOf::kFiveTuple);
      if (id) {
        EXPECT_EQ(id->number, whole) << f.name << " at " << n;
      }
      EXPECT_TRUE(id || n < kIdentityBytes) << f.name << " at " << n;
    }
  }
}

TEST(PacketIdentity, LengthsThatContradictTheFrameGiveNone) {
  const Bytes f = plain(17, udp(7, Bytes(40)));
  EXPECT_FALSE(of(with(f, 16, 1))) << "longer than the frame";
  EXPECT_FALSE(of(with(f, 14, 0x44))) << "a header of 16 bytes";
  EXPECT_FALSE(of(with(f, 12, 0x12))) << "no IP";
  const Bytes beyond = with(ethernet(0x0800, ipv4(41, encapsulated::ip6())), 17, 30);
  EXPECT_EQ(to_string(of(beyond)->flow), "198.18.0.1 > 198.18.0.2 proto 41")
      << "the inner one ends behind it";
  // What only looks like a tunnel is what it is outside.
  const Bytes not_vxlan = plain(17, udp(4789, Bytes(60)));
  EXPECT_EQ(to_string(of(not_vxlan)->flow), "198.18.0.1:50000 > 198.18.0.2:4789 udp");
}

TEST(PacketIdentity, TheOtherFlagsOfVxlanDoNotMatter) {
  constexpr std::size_t kFlags = 14 + 20 + 8;
  const Bytes tunnel = plain(17, udp(4789, vxlan(plain(17, udp(7, Bytes(40))))));
  EXPECT_EQ(to_string(of(with(tunnel, kFlags, 0x88))->flow), to_string(of(tunnel)->flow)) << "group policy";
  EXPECT_NE(to_string(of(with(tunnel, kFlags, 0x80))->flow), to_string(of(tunnel)->flow)) << "no number";
}

TEST(PacketIdentity, FragmentsAreToldApart) {
  constexpr std::size_t kIp = 14;
  const Bytes f = with(plain(17, udp(7, Bytes(64))), kIp + 5, 9);
  const Bytes first = with(f, kIp + 6, 0x20), second = with(with(f, kIp + 6, 0x20), kIp + 7, 8);
  EXPECT_NE(number(first), number(second));
  EXPECT_EQ(to_string(of(first)->flow), "198.18.0.1 > 198.18.0.2 udp");
}

// Nothing outside the buffer is read. The bytes are on the heap at their exact size, so that a sanitizer
// build sees it.
TEST(PacketIdentity, HostileBytes) {
  std::mt19937 random(7);
  const auto frames = encapsulated_frames();
  for (int round = 0; round < 100'000; ++round) {
    Bytes f = frames[random() % frames.size()].bytes;
    for (int changes = 1 + static_cast<int>(random() % 4); changes > 0; --changes)
      f[random() % f.size()] = static_cast<std::byte>(random());
    f.resize(f.size() - random() % std::min<std::size_t>(f.size(), 30));
    f.shrink_to_fit();
    (void)identify_packet(f, random() % 4 == 0 ? random() : f.size(), IdentityOf::kPayload);
  }
}

}  // namespace
}  // namespace hopcost
