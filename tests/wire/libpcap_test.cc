// Our reader and writer against libpcap's, in both directions; and libpcap's part here: names and filters.
#include "wire/libpcap.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/wire/capture_builder.h"
#include "tests/wire/libpcap_oracle.h"
#include "wire/link_filter.h"
#include "wire/link_type.h"
#include "wire/pcapng_writer.h"

namespace hopcost {
namespace {

/// Packets of all lengths, whole and cut, at times that go back now and then. Micro: whole microseconds.
std::vector<ReadPacket> random_packets(unsigned seed, bool nano, bool cut = true) {
  std::mt19937_64 random(seed);
  std::vector<ReadPacket> packets;
  std::uint64_t ns = 1'795'000'000'123'456'789;
  for (int i = 0; i < 300; ++i) {
    ns += random() % 2'000'000'000;
    if (i % 17 == 0) ns -= 1'500'000'000;
    std::string bytes(random() % 1600, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const auto size = static_cast<std::uint32_t>(bytes.size());
    packets.push_back({bytes, size + (cut && i % 3 == 0 ? static_cast<std::uint32_t>(random() % 9000) : 0),
                       nano ? ns : ns / 1000 * 1000});
    if (packets.back().wire_bytes == 0)
      packets.back().wire_bytes = 1;  // 0: our reader takes it for not known
  }
  return packets;
}

void expect_both_read(const std::string& path, const std::vector<ReadPacket>& packets) {
  const ReadFile theirs = read_with_libpcap(path), ours = read_with_ours(path);
  EXPECT_EQ(theirs.fault, "");
  EXPECT_EQ(ours.fault, "");
  ASSERT_EQ(theirs.packets.size(), packets.size());
  ASSERT_EQ(ours.packets.size(), packets.size());
  for (std::size_t i = 0; i < packets.size(); ++i) {
    EXPECT_EQ(theirs.packets[i], packets[i]) << "libpcap, packet " << i;
    EXPECT_EQ(ours.packets[i], packets[i]) << "ours, packet " << i;
  }
}

TEST(Libpcap, ReadsWhatWeWrite) {
  const ScratchFile file(".pcapng");
  const auto packets = random_packets(1, true);
  {
    auto writer = PcapngWriter::create(file.path(), "test").value();
    writer.add_interface("first");
    writer.add_interface("second");
    std::uint32_t interface = 0;
    for (const auto& p : packets) {
      const std::string comment = interface % 5 == 0 ? "a comment" : "";
      writer.write(interface++ % 2, std::as_bytes(std::span(p.bytes)), p.ns, p.wire_bytes, comment);
    }
    writer.write_statistics(0, {.received = 7, .dropped = 1, .written = 6}, packets.back().ns, "statistics");
    ASSERT_TRUE(writer.flush());
  }
  expect_both_read(file.path(), packets);
}

TEST(Libpcap, WritesWhatWeRead) {
  for (const bool nano : {false, true}) {
    for (const int dlt : {DLT_EN10MB, DLT_RAW, DLT_NULL, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_IPV4}) {
      const ScratchFile file(".pcap");
      const auto packets = random_packets(2, nano);
      write_with_libpcap(file.path(), dlt, nano, packets);
      expect_both_read(file.path(), packets);
    }
  }
}

TEST(Libpcap, ReadsBothByteOrdersAsWeDo) {
  for (const bool swapped : {false, true}) {
    for (const bool nano : {false, true}) {
      const auto packets = random_packets(3, nano);
      ClassicText classic(1, swapped, nano);
      PcapngText blocks(swapped);
      blocks.section().interface({.name = "eth0", .resolution = nano ? 9 : 6});
      for (const auto& p : packets) {
        const auto size = static_cast<std::uint32_t>(p.bytes.size());
        classic.packet(p.ns, p.bytes, size, p.wire_bytes);
        blocks.packet(0, nano ? p.ns : p.ns / 1000, p.bytes, size, p.wire_bytes);
      }
      expect_both_read(CaptureFile(classic.file()).path(), packets);
      expect_both_read(CaptureFile(blocks.file()).path(), packets);
    }
  }
}

TEST(Libpcap, ReadsResolutionsAndOffsetsAsWeDo) {
  for (const bool swapped : {false, true}) {
    for (const int resolution : {0, 3, 6, 9, 12, 0x80 | 10, 0x80 | 20, 0x80 | 32}) {
      for (const std::int64_t offset : {0, 1'700'000'000}) {
        PcapngText text(swapped);
        text.section().interface(resolution, offset);
        std::mt19937_64 random(4);
        for (int i = 0; i < 200; ++i) text.packet(0, random() >> (resolution >= 9 ? 8 : 36), "abcd");
        const CaptureFile file(text.file());
        const ReadFile theirs = read_with_libpcap(file.path()), ours = read_with_ours(file.path());
        EXPECT_EQ(ours.packets, theirs.packets) << resolution;
        EXPECT_EQ(ours.packets.size(), 200u);
      }
    }
  }
}

TEST(Libpcap, CallsLinkTypesAsWeDo) {
  for (const std::uint16_t type : read_link_types())
    EXPECT_EQ(link_type_text(type),
              libpcap::link_type_name(type).value_or("?") + " (" + std::to_string(type) + ")");
  EXPECT_EQ(link_type_text(127), "IEEE802_11_RADIO (127)");
  EXPECT_EQ(link_type_text(189), "USB_LINUX (189)");
  EXPECT_EQ(link_type_text(100), "ATM_RFC1483 (100)");
  EXPECT_EQ(link_type_text(60000), "60000");
}

TEST(Filter, PicksOnEveryLinkType) {
  const auto udp = LinkFilter::compile("udp port 7 and host 198.18.0.1").value();
  const auto tcp = LinkFilter::compile("tcp").value();
  const std::string packet = probe_packet_text(1, 1);
  for (const auto& [link_type, header] : {std::pair<std::uint16_t, std::string>{113, cooked_text(0x0800)},
                                          {276, cooked_v2_text(0x0800)},
                                          {101, ""},
                                          {12, ""},
                                          {228, ""},
                                          {0, std::string("\2\0\0\0", 4)}}) {
    const std::string captured = header + packet;
    EXPECT_EQ(udp.matches(packet_of(link_type, captured)), true) << link_type;
    EXPECT_EQ(tcp.matches(packet_of(link_type, captured)), false) << link_type;
  }
  EXPECT_EQ(udp.matches(packet_of(1, probe_frame_text(1, 1))), true);
}

TEST(Filter, LooksAtTheLengthOnTheWire) {
  const auto filter = LinkFilter::compile("greater 1000").value();
  const std::string frame = probe_frame_text(1, 1);
  PcapPacket p = packet_of(1, frame);
  EXPECT_EQ(filter.matches(p), false);
  p.wire_bytes = 1400;
  EXPECT_EQ(filter.matches(p), true);
}

TEST(Filter, MistakesAreInLibpcapsWords) {
  const auto filter = LinkFilter::compile("udp prt 9");
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().code, Exit::kUsage);
  EXPECT_NE(filter.error().what.find("can't parse filter expression: syntax error"), std::string::npos);
  // One that Ethernet has and raw IP has not.
  const auto ether = LinkFilter::compile("ether host 02:00:00:00:00:01");
  ASSERT_TRUE(ether);
  EXPECT_FALSE(ether->matches(packet_of(101, probe_packet_text(1, 1))));
  EXPECT_NE(ether->why_not(101).what.find("for link type RAW (101)"), std::string::npos);
}

}  // namespace
}  // namespace hopcost
