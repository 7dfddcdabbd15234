// Packets of other link layers than Ethernet, as frames.
#include "wire/link_type.h"

#include <gtest/gtest.h>

#include "tests/wire/capture_builder.h"
#include "wire/find_probe.h"

namespace hopcost {
namespace {

constexpr std::uint16_t kIp4 = 0x0800;

const MacAddress kTo = *parse_mac("02:00:00:00:00:02"), kFrom = *parse_mac("02:00:00:00:00:01");

struct LinkedPacket {
  std::uint16_t link_type;
  std::string header;
};

TEST(LinkType, AnIpPacketOfEachBecomesTheSameFrame) {
  const std::string whole = probe_frame_text(7, 99), packet = whole.substr(14);
  const std::string big("\0\0\0\2", 4), little("\2\0\0\0", 4);
  for (const LinkedPacket& c : {LinkedPacket{113, cooked_text(kIp4)}, LinkedPacket{276, cooked_v2_text(kIp4)},
                                LinkedPacket{101, ""}, LinkedPacket{12, ""}, LinkedPacket{228, ""},
                                LinkedPacket{0, big}, LinkedPacket{0, little}, LinkedPacket{108, big}}) {
    EthernetFrames frames(kTo, kFrom);
    const std::string captured = c.header + packet;
    const auto frame = frames.of(packet_of(c.link_type, captured));
    ASSERT_TRUE(frame) << c.link_type;
    EXPECT_EQ(text_of({frame->bytes.begin(), frame->bytes.end()}), whole) << c.link_type;
    EXPECT_EQ(frame->wire_bytes, whole.size()) << c.link_type;
    EXPECT_TRUE(carries_ip(*frame)) << c.link_type;
  }
}

TEST(LinkType, Ipv6InEachOfItsNumbers) {
  const std::string packet = text_of(stamped(*FrameTemplate::make(spec_v6(), 1500), 1, 1)).substr(14);
  const auto type_of = [&](std::uint16_t link_type, const std::string& header) {
    EthernetFrames frames;
    const std::string captured = header + packet;
    const auto frame = frames.of(packet_of(link_type, captured));
    return frame && carries_ip(*frame) && find_probe(frame->bytes);
  };
  EXPECT_TRUE(type_of(101, ""));
  EXPECT_TRUE(type_of(229, ""));
  for (const char family : {10, 24, 28, 30}) {
    EXPECT_TRUE(type_of(0, std::string{family, 0, 0, 0})) << int{family};
    EXPECT_TRUE(type_of(0, std::string{0, 0, 0, family})) << int{family};
  }
}

TEST(LinkType, TheSourceIsTheCookedHeadersUnlessOneIsGiven) {
  const std::string captured = cooked_v2_text(kIp4) + probe_packet_text(1, 1);
  EthernetFrames frames;
  const auto frame = frames.of(packet_of(276, captured));
  EXPECT_EQ(text_of({frame->bytes.begin(), frame->bytes.begin() + 12}),
            std::string("\0\0\0\0\0\0\2\0\0\0\0\1", 12));
}

TEST(LinkType, VlanTagsBehindACookedHeaderStay) {
  const std::string captured = cooked_text(0x8100) + std::string("\0\7\x08\0", 4) + probe_packet_text(5, 5);
  EthernetFrames frames;
  const auto frame = frames.of(packet_of(113, captured));
  EXPECT_TRUE(carries_ip(*frame));
  EXPECT_EQ(find_probe(frame->bytes)->probe.sequence, 5u);
}

TEST(LinkType, WhatIsNoFrameHasNoBytes) {
  for (const std::string& captured :
       {std::string(15, '\0'), cooked_text(4) + "data", cooked_text(kIp4, 824) + "netlink"}) {
    EthernetFrames frames;
    const auto frame = frames.of(packet_of(113, captured));
    ASSERT_TRUE(frame);
    EXPECT_TRUE(frame->bytes.empty());
    EXPECT_FALSE(carries_ip(*frame));
  }
  const std::string arp = cooked_text(0x0806) + std::string(28, '\0');
  EthernetFrames frames;
  const auto frame = frames.of(packet_of(113, arp));
  EXPECT_EQ(frame->bytes.size(), 14u + 28u);
  EXPECT_FALSE(carries_ip(*frame));
}

TEST(LinkType, OthersAreNamedByNumber) {
  EthernetFrames frames;
  EXPECT_FALSE(frames.of(packet_of(127, "radio")));
  EXPECT_EQ(link_type_text(276), "LINUX_SLL2 (276)");
  EXPECT_EQ(link_type_text(1), "EN10MB (1)");
  EXPECT_EQ(link_type_text(60000), "60000");
}

}  // namespace
}  // namespace hopcost
