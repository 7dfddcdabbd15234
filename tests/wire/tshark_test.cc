// tshark as an independent judge of whole frames.
#include "tests/wire/tshark.h"

#include <gtest/gtest.h>

#include "tests/wire/frames.h"
#include "wire/frame_encoder.h"

namespace hopcost {
namespace {

TEST(Tshark, AcceptsChecksums) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  Frames frames;
  for (const std::uint32_t size : {84u, 85u, 128u, 511u, 1518u}) {
    frames.push_back(
        stamped(*FrameTemplate::make(spec_v4(size), 1500), size, 1'800'000'000'000'000'000 + size));
    frames.push_back(
        stamped(*FrameTemplate::make(spec_v6(size), 1500), size, 1'800'000'000'000'000'000 + size));
  }
  const ScratchFile file(".pcap");
  write_pcap(file.path(), frames);
  std::string expected;
  for (std::size_t i = 0; i < frames.size() / 2; ++i) expected += "1,1\n,1\n";
  EXPECT_EQ(tshark_fields(file.path(), {"ip.checksum.status", "udp.checksum.status"}), expected);
}

using K = LayerKind;

/// A layer with fields by name, as people write them.
Layer layer(K kind, std::vector<std::pair<std::string, std::string>> fields = {},
            ChecksumMode checksum = ChecksumMode::kUsual) {
  Layer l{.kind = kind, .fields = {}, .checksum = checksum};
  for (const auto& [name, text] : fields) {
    const auto field = find_field(format_of(kind), name).value();
    l.fields.push_back({field, parse_field(format_of(kind).fields[field], text).value()});
  }
  return l;
}

struct Case {
  std::vector<Layer> layers;
  std::vector<std::string> fields;
  std::string decoded;
};

void expect_decoded(const Case& c, std::uint32_t size = 200) {
  const auto frame = encode_frame({.layers = c.layers, .probe = {}}, size);
  ASSERT_TRUE(frame) << describe(frame.error());
  const ScratchFile file(".pcap");
  write_pcap(file.path(), {frame->bytes});
  EXPECT_EQ(tshark_fields(file.path(), c.fields), c.decoded + "\n");
}

TEST(Tshark, DecodesEachLayerAsItWasSet) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  const Layer eth = layer(K::kEthernet, {{"dst", "02:00:00:00:00:aa"}, {"src", "02:00:00:00:00:bb"}});
  const Layer ip = layer(K::kIpv4, {{"src", "198.18.1.2"},
                                    {"dst", "198.19.3.4"},
                                    {"ttl", "7"},
                                    {"dscp", "46"},
                                    {"ecn", "1"},
                                    {"id", "0x1234"},
                                    {"flags", "0"}});
  expect_decoded(
      {{eth, layer(K::kArp, {{"op", "2"},
                             {"sender_ip", "198.18.0.9"},
                             {"target_ip", "198.18.0.8"},
                             {"sender_mac", "02:00:00:00:00:cc"}})},
       {"eth.dst", "eth.src", "arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "arp.src.hw_mac"},
       "02:00:00:00:00:aa,02:00:00:00:00:bb,2,198.18.0.9,198.18.0.8,02:00:00:00:00:cc"},
      64);
  expect_decoded(
      {{eth, layer(K::kQinq, {{"id", "100"}, {"pcp", "5"}}), layer(K::kVlan, {{"id", "4094"}, {"dei", "1"}}),
        ip, layer(K::kUdp, {{"src_port", "1000"}, {"dst_port", "2000"}})},
       {"ieee8021ad.id", "ieee8021ad.priority", "vlan.id", "vlan.dei", "ip.src", "ip.dst", "ip.ttl",
        "ip.dsfield.dscp", "ip.dsfield.ecn", "ip.id", "ip.len", "udp.srcport", "udp.dstport", "udp.length",
        "ip.checksum.status", "udp.checksum.status"},
       "100,5,4094,1,198.18.1.2,198.19.3.4,7,46,1,0x1234,174,1000,2000,154,1,1"});
  expect_decoded(
      {{eth, ip, layer(K::kTcp, {{"flags", "SA"}, {"seq", "4000000000"}, {"ack", "77"}, {"window", "512"}})},
       {"tcp.flags", "tcp.seq", "tcp.ack", "tcp.window_size_value", "tcp.len", "tcp.checksum.status",
        "tcp.hdr_len"},
       "0x0012,4000000000,77,512,142,1,20"});
  expect_decoded({{eth, ip, layer(K::kIcmp, {{"id", "0xbeef"}, {"seq", "9"}})},
                  {"icmp.type", "icmp.ident", "icmp.seq", "icmp.checksum.status"},
                  "8,48879,9,1"});
}

TEST(Tshark, DecodesOptionsAndExtensionHeaders) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  const Layer eth = layer(K::kEthernet), ip = layer(K::kIpv4), ip6 = layer(K::kIpv6), udp = layer(K::kUdp);
  expect_decoded(
      {{eth, ip, layer(K::kTcp), layer(K::kTcpMss, {{"mss", "1400"}}), layer(K::kTcpSackPermitted),
        layer(K::kTcpTimestamps, {{"value", "4000000000"}, {"echo", "5"}}), layer(K::kTcpNop),
        layer(K::kTcpWindowScale, {{"shift", "9"}})},
       {"tcp.hdr_len", "tcp.options.mss_val", "tcp.option_kind", "tcp.options.timestamp.tsval",
        "tcp.options.timestamp.tsecr", "tcp.options.wscale.shift", "tcp.checksum.status", "_ws.malformed"},
       "40,1400,2/4/8/1/3,4000000000,5,9,1,"});
  // 3 bytes of options, filled up to 4.
  expect_decoded({{eth, ip, layer(K::kTcp), layer(K::kTcpWindowScale)},
                  {"tcp.hdr_len", "tcp.option_kind", "tcp.checksum.status"},
                  "24,3/0,1"});
  expect_decoded(
      {{eth, ip, layer(K::kIpv4RecordRoute), udp},
       {"ip.hdr_len", "ip.opt.type", "ip.opt.len", "ip.opt.ptr", "ip.checksum.status", "udp.checksum.status"},
       "60,7/0,39,4,1,1"});
  expect_decoded({{eth, ip, layer(K::kIpv4RouterAlert), layer(K::kIpv4Nop), layer(K::kIpv4Eol), udp},
                  {"ip.hdr_len", "ip.opt.type", "ip.opt.ra", "ip.checksum.status", "udp.checksum.status"},
                  "28,148/1/0,0,1,1"});
  expect_decoded(
      {{eth, ip, layer(K::kIpv4Timestamp, {{"flag", "1"}}), udp},
       {"ip.hdr_len", "ip.opt.type", "ip.opt.len", "ip.opt.ptr", "ip.opt.flag", "ip.checksum.status"},
       "60,68,40,5,0x01,1"});
  Layer alert = layer(K::kIpv6HopByHop);
  alert.data = {std::byte{5}, std::byte{2}, std::byte{0}, std::byte{0}};  // RFC 2711
  expect_decoded({{eth, ip6, alert, layer(K::kIpv6Routing, {{"type", "253"}}),
                   layer(K::kIpv6Fragment, {{"id", "0xabcd"}}), layer(K::kIpv6DestOptions), udp},
                  {"ipv6.nxt", "ipv6.hopopts.len", "ipv6.opt.router_alert", "ipv6.routing.len",
                   "ipv6.fraghdr.ident", "ipv6.dstopts.len", "udp.checksum.status", "ipv6.plen"},
                  "0,0,0,0,0x0000abcd,0,1,142"});
}

TEST(Tshark, DecodesIpv6AndTunnels) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  const Layer eth = layer(K::kEthernet), ip = layer(K::kIpv4), udp = layer(K::kUdp);
  const Layer ip6 = layer(K::kIpv6, {{"src", "2001:2:0:1::5"},
                                     {"dst", "2001:2::6"},
                                     {"flow_label", "0xabcde"},
                                     {"traffic_class", "184"},
                                     {"hop_limit", "3"}});
  expect_decoded(
      {{eth, ip6, udp},
       {"ipv6.src", "ipv6.dst", "ipv6.flow", "ipv6.tclass", "ipv6.hlim", "ipv6.plen", "udp.checksum.status"},
       "2001:2:0:1::5,2001:2::6,0x0abcde,0x000000b8,3,142,1"});
  expect_decoded({{eth, ip6, layer(K::kTcp)}, {"tcp.flags", "tcp.checksum.status"}, "0x0002,1"});
  expect_decoded({{eth, ip6, layer(K::kIcmpv6, {{"seq", "5"}})},
                  {"icmpv6.type", "icmpv6.echo.sequence_number", "icmpv6.checksum.status"},
                  "128,5,1"});
  expect_decoded(
      {{eth, ip, layer(K::kUdp, {{"src_port", "5555"}}), layer(K::kVxlan, {{"vni", "70000"}}), eth, ip, udp},
       {"udp.dstport", "vxlan.vni", "ip.len", "udp.checksum.status", "ip.checksum.status"},
       "4789/9,70000,182/132,3/1,1/1"});
  expect_decoded({{eth, ip, layer(K::kUdp, {}, ChecksumMode::kRight), layer(K::kVxlan), eth, ip6, udp},
                  {"udp.checksum.status"},
                  "1/1"});
  expect_decoded({{eth, layer(K::kMpls, {{"label", "1000"}, {"tc", "2"}}),
                   layer(K::kMpls, {{"label", "2000"}, {"ttl", "9"}}), ip, udp},
                  {"mpls.label", "mpls.exp", "mpls.bottom", "mpls.ttl", "udp.checksum.status"},
                  "1000/2000,2/0,0/1,64/9,1"});
  expect_decoded(
      {{eth, ip, layer(K::kGre), ip6, udp}, {"ip.proto", "gre.proto", "udp.checksum.status"}, "47,0x86dd,1"});
  expect_decoded({{eth, ip, layer(K::kGreKey, {{"key", "99"}}), eth, ip, udp},
                  {"gre.key", "gre.proto", "udp.checksum.status"},
                  "0x00000063,0x6558,1"});
}

TEST(Tshark, AWrongChecksumIsWrongOnItsLayerAlone) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  constexpr auto kWrong = ChecksumMode::kWrong;
  const Layer eth = layer(K::kEthernet), ip = layer(K::kIpv4), udp = layer(K::kUdp);
  const std::vector<std::string> status = {"ip.checksum.status", "udp.checksum.status", "tcp.checksum.status",
                                           "icmp.checksum.status", "icmpv6.checksum.status"};
  expect_decoded({{eth, layer(K::kIpv4, {}, kWrong), udp}, status, "0,1,,,"});
  expect_decoded({{eth, ip, layer(K::kUdp, {}, kWrong)}, status, "1,0,,,"});
  expect_decoded({{eth, ip, layer(K::kTcp, {}, kWrong)}, status, "1,,0,,"});
  expect_decoded({{eth, ip, layer(K::kIcmp, {}, kWrong)}, status, "1,,,0,"});
  expect_decoded({{eth, layer(K::kIpv6), layer(K::kIcmpv6, {}, kWrong)}, status, ",,,,0"});
  // Inside a tunnel whose outer checksum is right over the wrong inner one.
  expect_decoded({{eth, ip, layer(K::kUdp, {}, ChecksumMode::kRight), layer(K::kVxlan), eth, ip,
                   layer(K::kUdp, {}, kWrong)},
                  status,
                  "1/1,1/0,,,"});
  expect_decoded({{eth, ip, layer(K::kUdp, {}, ChecksumMode::kNone)}, status, "1,3,,,"});
}

}  // namespace
}  // namespace hopcost
