// VLAN tags on their way in: the kernel takes the outer one off, and what pktgen gives on has it again.
#include <gtest/gtest.h>

#include "tests/pktgen/netns_bench.h"
#include "tests/wire/tshark.h"

namespace hopcost::pktgen {
namespace {

// 802.1Q, 802.1ad, a tag of id 0 that carries a priority alone, the type of before 802.1ad, and none.
constexpr const char* kTagged =
    "eth/vlan(id=5)/ipv4/udp size=68; eth/qinq(id=100)/vlan(id=7)/ipv4/udp size=72; "
    "eth/vlan(id=0,pcp=3)/ipv4/udp size=68; eth(type=0x9100)/vlan(id=9)/ipv4/udp size=68; eth/ipv4/udp "
    "size=64";

TEST(VlanNetns, WhatIsWrittenIsWhatWasOnTheWire) {
  NEEDS_NETNS(pair);
  const ScratchFile sent(".pcapng"), received(".pcapng");
  const auto ended =
      pktgen_run({"--port", "af_packet:t0@" + pair.tx(), "--rx-port", "af_packet:d0@" + pair.rx(),
                  "--dst-mac", pair.rx_mac(), "--profile", kTagged, "--rate", "10kpps", "--count", "500",
                  "--write", sent.path(), "--rx-write", received.path(), "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(ended.json()["rx"]["received"], 500) << ended.err;
  const Frames out = frames_in(sent.path()), in = frames_in(received.path());
  ASSERT_EQ(out.size(), 500u);
  ASSERT_EQ(in.size(), out.size());
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_EQ(in[i], out[i]) << i;
}

class ReflectTags : public testing::TestWithParam<const char*> {};

TEST_P(ReflectTags, TagsStay) {
  NEEDS_BACKEND(GetParam());
  NEEDS_NETNS(pair);
  pair.take_xdp_replies();
  const ScratchFile received(".pcapng");
  Program reflector({"reflect", "--port", port_on(GetParam(), "d0", pair.rx()), "--json", "--stats-interval",
                     "20ms", "--quiet"});
  ASSERT_FALSE(reflector.read_line().empty());
  const std::string port = "af_packet:t0@" + pair.tx();
  const auto ended =
      pktgen_run({"--port", port, "--rx-port", port, "--dst-mac", pair.rx_mac(), "--profile", kTagged,
                  "--rate", "10kpps", "--count", "300", "--rx-write", received.path(), "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(ended.json()["rx"]["received"], 300) << ended.err;
  const Frames in = frames_in(received.path());
  ASSERT_EQ(in.size(), 300u);
  const auto word = [](const std::vector<std::byte>& f, std::size_t at) {
    return std::to_integer<unsigned>(f[at]) << 8 | std::to_integer<unsigned>(f[at + 1]);
  };
  const std::array<std::array<unsigned, 3>, 5> expected{{{0x8100, 5, 0x0800},
                                                         {0x88a8, 100, 0x8100},
                                                         {0x8100, 3u << 13, 0x0800},
                                                         {0x9100, 9, 0x0800},
                                                         {0x0800, 0x4500, 46}}};
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto& e = expected[i % expected.size()];
    EXPECT_EQ(word(in[i], 12), e[0]) << i;
    EXPECT_EQ(word(in[i], 14), e[1]) << i;
    EXPECT_EQ(word(in[i], 16), e[2]) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, ReflectTags, testing::Values("af_packet", "af_xdp", "xdp"));

}  // namespace
}  // namespace hopcost::pktgen
