#include "wire/frame_encoder.h"

#include <gtest/gtest.h>

#include "tests/wire/frames.h"
#include "wire/dissect.h"
#include "wire/find_probe.h"

namespace hopcost {
namespace {

using K = LayerKind;

FrameStack stack(std::initializer_list<K> kinds) {
  FrameStack s;
  for (const K k : kinds) s.layers.push_back({.kind = k, .fields = {}});
  return s;
}

std::string to_hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte b : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned>(b) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned>(b) & 15];
  }
  return text;
}

// The frame template is written another way; both must agree to the byte.
TEST(FrameEncoder, UdpFramesAreWhatTheTemplateMakes) {
  for (const bool v6 : {false, true}) {
    for (const std::uint32_t size : {84u, 85u, 599u, 1518u}) {
      auto s = stack({K::kEthernet, v6 ? K::kIpv6 : K::kIpv4, K::kUdp});
      s.layers[2].fields = {{1, {0, 7}}};
      s.probe = Probe{.flow = 0x1234, .sequence = 42, .tx_ns = 99};
      const auto made = FrameTemplate::make(v6 ? spec_v6(size) : spec_v4(size), 1500);
      EXPECT_EQ(to_hex(encode_frame(s, size)->bytes), to_hex(stamped(*made, 42, 99))) << size;
    }
  }
}

TEST(FrameEncoder, GoldenArp) {
  EXPECT_EQ(to_hex(encode_frame(stack({K::kEthernet, K::kArp}), 64)->bytes),
            "02000000000202000000000108060001080006040001020000000001c6120001000000000000c6120002"
            "000000000000000000000000000000000000");
}

TEST(FrameEncoder, GoldenTcpSynIsPaddedBehindTheDatagram) {
  auto s = stack({K::kEthernet, K::kVlan, K::kIpv4, K::kTcp});
  s.payload = false;
  // Checksums by hand: 16-bit words summed, carries added, complemented (RFC 1071 section 1).
  EXPECT_EQ(to_hex(encode_frame(s, 64)->bytes),
            "0200000000020200000000018100"
            "00010800"
            "45000028000040004006aea8c6120001c6120002"
            "040000090000000000000000"
            "5002ffff1fb20000"
            "0000");
}

TEST(FrameEncoder, ProbeIsThereWhenThePayloadHasRoom) {
  auto s = stack({K::kEthernet, K::kVlan, K::kIpv4, K::kUdp});
  s.probe = Probe{};
  EXPECT_FALSE(encode_frame(s, 67)->probe_at);
  EXPECT_EQ(encode_frame(s, 68)->probe_at, 46);
  EXPECT_EQ(find_probe(encode_frame(s, 68)->bytes)->place, FoundProbe::Place::kPacketEnd);
}

TEST(FrameEncoder, SaysWhatDoesNotStack) {
  const auto why = [](std::initializer_list<K> kinds, std::uint32_t size = 64) {
    const auto made = encode_frame(stack(kinds), size);
    return made ? "" : made.error().what;
  };
  EXPECT_NE(why({K::kIpv4}).find("first layer"), std::string::npos);
  EXPECT_NE(why({K::kEthernet, K::kUdp}).find("udp can't stand right above eth"), std::string::npos);
  EXPECT_NE(why({K::kEthernet, K::kIpv6, K::kIcmp}).find("icmp can't stand"), std::string::npos);
  EXPECT_NE(why({K::kEthernet, K::kIpv6, K::kTcp}, 77).find("78"), std::string::npos);
  EXPECT_NE(why({K::kEthernet}, 63).find("64"), std::string::npos);
}

TEST(FrameEncoder, AWrongChecksumIsNeverRightAndNeverNone) {
  for (std::uint32_t sum = 0; sum <= 0xffff; ++sum) {
    for (const bool udp : {false, true}) {
      const ChecksumPlace right{.zero_is_none = udp},
          wrong{.zero_is_none = udp, .mode = ChecksumMode::kWrong};
      const unsigned r = field_for(right, sum), w = field_for(wrong, sum);
      ASSERT_NE(r % 0xffff, w % 0xffff) << sum;
      ASSERT_TRUE(!udp || w != 0);
    }
  }
}

TEST(Field, TextRoundTrips) {
  const auto round = [](K kind, const char* name, const std::string& text) {
    const auto& f = format_of(kind).fields[*find_field(format_of(kind), name)];
    const auto value = parse_field(f, text);
    return value ? field_text(f, *value) : value.error().what;
  };
  EXPECT_EQ(round(K::kIpv6, "src", "2001:2::ff"), "2001:2::ff");
  EXPECT_EQ(round(K::kIpv4, "dst", "198.18.255.1"), "198.18.255.1");
  EXPECT_EQ(round(K::kEthernet, "dst", "02:00:00:00:00:ab"), "02:00:00:00:00:ab");
  EXPECT_EQ(round(K::kEthernet, "type", "0x0800"), "0x0800");
  EXPECT_EQ(round(K::kTcp, "flags", "SA"), "SA");
  EXPECT_NE(round(K::kVlan, "id", "4096").find("4095"), std::string::npos);
  EXPECT_NE(round(K::kIpv4, "dst", "2001:2::1").find("family"), std::string::npos);
}

TEST(Dissect, FindsWhatWasEncoded) {
  auto s = stack({K::kEthernet, K::kQinq, K::kVlan, K::kMpls, K::kIpv4, K::kUdp, K::kVxlan, K::kEthernet,
                  K::kIpv6, K::kTcp});
  const auto made = encode_frame(s, 250);
  ASSERT_TRUE(made);
  const auto d = dissect(made->bytes);
  ASSERT_EQ(d.layers.size(), s.layers.size());
  for (std::size_t i = 0; i < d.layers.size(); ++i) EXPECT_EQ(d.layers[i].kind, s.layers[i].kind);
  EXPECT_EQ(d.payload_bytes, made->payload_bytes);
  EXPECT_NE(layer_lines(made->bytes).find("(right)"), std::string::npos);
}

TEST(Dissect, StopsAtAGreHeaderOfAnotherForm) {
  const auto made = encode_frame(stack({K::kEthernet, K::kIpv4, K::kGre, K::kIpv6, K::kUdp}), 200);
  ASSERT_TRUE(made);
  EXPECT_EQ(dissect(made->bytes).layers.size(), 5u);
  // Checksum, routing, sequence number, key and sequence number; version 1.
  for (const unsigned flags : {0x8000u, 0x4000u, 0x1000u, 0x3000u, 0x0001u}) {
    auto other = made->bytes;
    other[made->layers[2].at] = static_cast<std::byte>(flags >> 8);
    other[made->layers[2].at + 1] = static_cast<std::byte>(flags);
    const auto d = dissect(other);
    ASSERT_EQ(d.layers.size(), 3u) << flags;
    EXPECT_EQ(d.layers.back().kind, K::kGre);
  }
}

TEST(Dissect, ReadsLabelsThatTheSenderGave) {
  auto bytes = encode_frame(stack({K::kEthernet, K::kMpls, K::kIpv4, K::kUdp}), 100)->bytes;
  bytes[13] = std::byte{0x48};  // type 0x8848, RFC 5332
  EXPECT_EQ(dissect(bytes).layers.size(), 4u);
}

TEST(Dissect, StopsAtAnIpHeaderOfAnotherVersion) {
  for (const K ip : {K::kIpv4, K::kIpv6}) {
    auto bytes = encode_frame(stack({K::kEthernet, ip, K::kUdp}), 100)->bytes;
    EXPECT_EQ(dissect(bytes).layers.size(), 3u);
    bytes[14] = (bytes[14] & std::byte{0x0f}) | std::byte{0x70};
    EXPECT_EQ(dissect(bytes).layers.size(), 2u);
  }
}

TEST(Dissect, Ipv4LengthLeftToTheDeviceReachesTheFramesEnd) {
  const auto made = encode_frame(stack({K::kEthernet, K::kIpv4, K::kUdp}), 100);
  auto bytes = made->bytes;
  bytes[16] = bytes[17] = std::byte{0};
  const auto d = dissect(bytes);
  EXPECT_EQ(d.layers.size(), 3u);
  EXPECT_EQ(d.payload_bytes, made->payload_bytes);
}

TEST(Dissect, CutFramesAreNoTrouble) {
  const auto made = encode_frame(
      stack({K::kEthernet, K::kMpls, K::kIpv4, K::kGreKey, K::kEthernet, K::kIpv6, K::kUdp}), 200);
  for (std::size_t n = 0; n <= made->bytes.size(); ++n) {
    const std::vector<std::byte> cut(made->bytes.begin(),
                                     made->bytes.begin() + static_cast<std::ptrdiff_t>(n));
    const auto d = dissect(cut);
    ASSERT_LE(d.payload_at + d.payload_bytes, n);
    (void)summary_line(cut);
    (void)layer_lines(cut);
  }
}

FrameStack with_options() {
  return stack({K::kEthernet, K::kIpv4, K::kIpv4RouterAlert, K::kIpv4RecordRoute, K::kIpv6, K::kIpv6HopByHop,
                K::kIpv6Routing, K::kIpv6Fragment, K::kIpv6DestOptions, K::kTcp, K::kTcpMss,
                K::kTcpWindowScale, K::kTcpOption, K::kTcpEol});
}

TEST(Dissect, FindsOptionsAndExtensionHeaders) {
  auto s = with_options();
  s.layers[3].data.emplace(5);  // 4 + 8 bytes of options: nothing to fill up
  s.layers[12].data.emplace(5, std::byte{0xee});
  const auto made = encode_frame(s, 300);
  ASSERT_TRUE(made) << describe(made.error());
  const auto d = dissect(made->bytes);
  ASSERT_EQ(d.layers.size(), s.layers.size());
  for (std::size_t i = 0; i < d.layers.size(); ++i) {
    EXPECT_EQ(d.layers[i].kind, s.layers[i].kind);
    EXPECT_EQ(d.layers[i].at, made->layers[i].at);
    EXPECT_EQ(d.layers[i].bytes, made->layers[i].bytes);
  }
  EXPECT_EQ(d.payload_at, made->payload_at);
  EXPECT_EQ(layer_lines(made->bytes).find("(wrong)"), std::string::npos) << layer_lines(made->bytes);
}

TEST(Dissect, BrokenOptionsAreNoTrouble) {
  auto s = with_options();
  s.layers[3].data.emplace(4);
  const auto made = encode_frame(s, 300);
  ASSERT_TRUE(made);
  for (std::size_t at = 14; at < made->payload_at; ++at) {
    for (const unsigned value : {0u, 1u, 2u, 3u, 41u, 0x4fu, 0xf0u, 0xffu}) {
      auto broken = made->bytes;
      broken[at] = static_cast<std::byte>(value);
      const auto d = dissect(broken);
      ASSERT_LE(d.payload_at + d.payload_bytes, broken.size());
      for (const auto& l : d.layers) ASSERT_LE(l.at + l.bytes, broken.size());
      (void)summary_line(broken);
      (void)layer_lines(broken);
    }
  }
}

TEST(FrameEncoder, OptionsAreNoMoreThanTheirHeaderHolds) {
  auto s = stack({K::kEthernet, K::kIpv4, K::kIpv4RecordRoute, K::kUdp});
  EXPECT_TRUE(encode_frame(s, 128));
  s.layers[2].data.emplace(38);
  const auto made = encode_frame(s, 128);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().what.find("ipv4 take 44 bytes"), std::string::npos) << made.error().what;
}

TEST(Dissect, SaysItAsTsharkDoes) {
  auto s = stack({K::kEthernet, K::kIpv4, K::kUdp});
  s.probe = Probe{.flow = 3, .sequence = 8};
  EXPECT_EQ(summary_line(encode_frame(s, 64)->bytes),
            "198.18.0.1 -> 198.18.0.2 UDP 60 9 -> 9 Len=18 flow=3 seq=8");
  EXPECT_EQ(summary_line(encode_frame(stack({K::kEthernet, K::kArp}), 64)->bytes),
            "02:00:00:00:00:01 -> 02:00:00:00:00:02 ARP 60 Who has 198.18.0.2? Tell 198.18.0.1");
  EXPECT_EQ(
      summary_line(encode_frame(stack({K::kEthernet, K::kIpv4, K::kTcp, K::kTcpMss, K::kTcpSackPermitted,
                                       K::kTcpTimestamps, K::kTcpNop, K::kTcpWindowScale}),
                                78)
                       ->bytes),
      "198.18.0.1 -> 198.18.0.2 TCP 74 1024 -> 9 [SYN] Seq=0 Ack=0 Win=65535 Len=0 MSS=1460 SACK_PERM "
      "TSval=0 "
      "TSecr=0 WS=128");
}

}  // namespace
}  // namespace hopcost
