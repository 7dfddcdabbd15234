// Captures read and written: our own both ways, and against Wireshark's tools.
#include <gtest/gtest.h>

#include "tests/wire/capture_builder.h"
#include "wire/pcap_reader.h"
#include "wire/pcapng_writer.h"

namespace hopcost {
namespace {

struct Read {
  std::vector<std::byte> bytes;
  std::uint64_t ns;
  std::uint32_t interface;
  std::uint32_t wire_bytes;
};

std::vector<Read> read_all(PcapReader& reader, std::string* why = nullptr) {
  std::vector<Read> out;
  PcapPacket p;
  PcapReader::Next next;
  while ((next = reader.next(p)) == PcapReader::Next::kPacket)
    out.push_back({{p.bytes.begin(), p.bytes.end()}, p.ns, p.interface, p.wire_bytes});
  if (why != nullptr) *why = next == PcapReader::Next::kError ? reader.error().what : "";
  return out;
}

constexpr std::uint64_t kTime = 1'800'000'000'123'456'789;

/// Ten frames of odd and even lengths on two interfaces.
Frames write_ten(const std::string& path) {
  auto writer = PcapngWriter::create(path, "test").value();
  writer.add_interface("first");
  Frames frames;
  for (std::uint32_t i = 0; i < 10; ++i) {
    if (i == 3) writer.add_interface("second");
    frames.push_back(stamped(*FrameTemplate::make(spec_v4(64 + i), 1500), i, i));
    writer.write(i < 5 ? 0 : 1, frames.back(), kTime + i);
  }
  EXPECT_TRUE(writer.flush());
  return frames;
}

TEST(Pcap, WhatIsWrittenIsReadBack) {
  const ScratchFile file(".pcapng");
  const auto frames = write_ten(file.path());
  auto reader = PcapReader::open(file.path());
  ASSERT_TRUE(reader) << describe(reader.error());
  for (int round = 0; round < 2; ++round) {
    const auto read = read_all(*reader);
    ASSERT_EQ(read.size(), 10u);
    for (std::uint32_t i = 0; i < 10; ++i) {
      EXPECT_EQ(read[i].bytes, frames[i]);
      EXPECT_EQ(read[i].ns, kTime + i);
      EXPECT_EQ(read[i].interface, i < 5 ? 0u : 1u);
      EXPECT_EQ(read[i].wire_bytes, frames[i].size());
    }
    PcapPacket p;
    EXPECT_EQ(reader->next(p), PcapReader::Next::kEnd);
    ASSERT_TRUE(reader->rewind());
  }
}

TEST(Pcap, ASmallBufferReadsTheSame) {
  const ScratchFile file(".pcapng");
  write_ten(file.path());
  auto small = PcapReader::open(file.path(), 16).value(), usual = PcapReader::open(file.path()).value();
  const auto a = read_all(small), b = read_all(usual);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].bytes, b[i].bytes);
}

TEST(Pcap, TsharkReadsWhatWeWrite) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  const ScratchFile file(".pcapng");
  write_ten(file.path());
  const std::string out =
      tshark_fields(file.path(), {"frame.time_epoch", "frame.interface_name", "frame.len"});
  EXPECT_TRUE(out.starts_with("1800000000.123456789,first,60\n1800000000.123456790,first,61\n")) << out;
  EXPECT_NE(out.find("1800000000.123456798,second,69\n"), std::string::npos) << out;
}

TEST(Pcap, WhatEditcapWritesIsRead) {
  if (!have("editcap")) GTEST_SKIP() << "editcap is not installed";
  const ScratchFile ours(".pcapng");
  const auto frames = write_ten(ours.path());
  const struct {
    const char* format;
    std::uint64_t unit;
  } kFormats[] = {{"pcap", 1000}, {"nsecpcap", 1}, {"pcapng", 1}};
  for (const auto& [format, unit] : kFormats) {
    const ScratchFile theirs(".cap");
    ASSERT_EQ(
        std::system(("editcap -F " + std::string(format) + " " + ours.path() + " " + theirs.path()).c_str()),
        0);
    auto reader = PcapReader::open(theirs.path());
    ASSERT_TRUE(reader) << format;
    const auto read = read_all(*reader);
    ASSERT_EQ(read.size(), 10u) << format;
    for (std::uint32_t i = 0; i < 10; ++i) {
      EXPECT_EQ(read[i].bytes, frames[i]);
      EXPECT_EQ(read[i].ns, (kTime + i) / unit * unit) << format;
    }
  }
}

TEST(Pcap, ClassicInTheOtherByteOrder) {
  for (const bool nano : {false, true}) {
    const CaptureFile file(ClassicText(1, true, nano).packet(1000'000'007'000, "abc", 3, 99).file());
    auto reader = PcapReader::open(file.path()).value();
    const auto read = read_all(reader);
    ASSERT_EQ(read.size(), 1u);
    EXPECT_EQ(read[0].ns, 1000'000'007'000u);
    EXPECT_EQ(read[0].bytes.size(), 3u);
    EXPECT_EQ(read[0].wire_bytes, 99u);
  }
}

/// Bytes and length on the wire of a file's packets.
std::vector<std::pair<std::size_t, std::uint32_t>> sizes_of(const std::string& bytes) {
  const CaptureFile file(bytes);
  std::vector<std::pair<std::size_t, std::uint32_t>> sizes;
  auto reader = PcapReader::open(file.path());
  if (!reader) return sizes;
  for (const Read& r : read_all(*reader)) sizes.emplace_back(r.bytes.size(), r.wire_bytes);
  return sizes;
}
using Sizes = std::vector<std::pair<std::size_t, std::uint32_t>>;

TEST(Pcap, NoMoreThanThePacketHadOnTheWire) {
  EXPECT_EQ(sizes_of(ClassicText().packet(1, std::string(801, 'x'), 801, 785).file()), (Sizes{{785, 785}}));
  EXPECT_EQ(sizes_of(PcapngText().section().interface().packet(0, 1, std::string(801, 'x'), 801, 785).file()),
            (Sizes{{785, 785}}));
  // A writer that did not know the length on the wire.
  std::string unknown = ClassicText().packet(1, std::string(60, 'x')).file();
  unknown.replace(24 + 12, 4, 4, '\0');
  EXPECT_EQ(sizes_of(unknown), (Sizes{{60, 60}}));
}

// Bits 28 to 31 of the link type count 16-bit words, if_fcslen bits, epb_flags bytes; Ethernet's is four
// bytes, whatever a writer counted in.
TEST(Pcap, TheFcsIsLeftOut) {
  const std::string frame(64, 'x'), most_of_it = frame.substr(0, 62);
  for (const std::uint32_t link : {0x24000001u, 0x14000001u})
    EXPECT_EQ(sizes_of(ClassicText(link).packet(1, frame).packet(2, most_of_it, 62, 64).file()),
              (Sizes{{60, 60}, {60, 60}}));
  EXPECT_EQ(sizes_of(ClassicText(0x20000001).packet(1, frame).file()), (Sizes{{64, 64}})) << "not known";
  EXPECT_EQ(sizes_of(ClassicText(0x04000001).packet(1, frame).file()), (Sizes{{64, 64}})) << "known: none";
  for (const int fcs : {32, 4}) {
    PcapngText b;
    b.section().interface({.fcs_bits = fcs}).packet(0, 1, frame).packet(0, 1, frame.substr(0, 40), 40, 64);
    b.simple(frame);
    EXPECT_EQ(sizes_of(b.file()), (Sizes{{60, 60}, {40, 60}, {60, 60}}));
  }
  for (const bool swapped : {false, true}) {
    PcapngText b(swapped);
    b.section().interface();
    b.packet(0, 1, frame, 0, 0, 4 << 5)
        .packet(0, 1, frame, 0, 0, 1)
        .packet(0, 1, frame.substr(0, 63), 0, 0, 4 << 5);
    EXPECT_EQ(sizes_of(b.file()), (Sizes{{60, 60}, {64, 64}, {59, 59}}));
  }
}

TEST(Pcap, LengthsOfOldVersionsAreSwapped) {
  const std::string frame(60, 'x');
  EXPECT_EQ(sizes_of(ClassicText(1, false, false, 2).packet(1, frame, 99, 60).file()), (Sizes{{60, 99}}));
  EXPECT_EQ(
      sizes_of(ClassicText(1, false, false, 3).packet(1, frame, 99, 60).packet(1, frame, 60, 99).file()),
      (Sizes{{60, 99}, {60, 99}}));
  const CaptureFile later(ClassicText(1, false, false, 5).packet(1, frame).file());
  EXPECT_NE(PcapReader::open(later.path()).error().what.find("2.0 to 2.4"), std::string::npos);
}

TEST(Pcap, SaysWhatHasNoTime) {
  const CaptureFile file(PcapngText().section().interface().simple("abcd").packet(0, 0, "abcd").file());
  auto reader = PcapReader::open(file.path()).value();
  PcapPacket p;
  ASSERT_EQ(reader.next(p), PcapReader::Next::kPacket);
  EXPECT_FALSE(p.timed);
  ASSERT_EQ(reader.next(p), PcapReader::Next::kPacket);
  EXPECT_TRUE(p.timed) << "1970 is a time";
}

TEST(Pcap, EveryCutIsAnErrorWithItsOffsetAfterTheWholePackets) {
  const ScratchFile file(".pcapng");
  write_ten(file.path());
  std::ifstream in(file.path(), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  std::size_t clean = 0;
  for (std::size_t n = 4; n < whole.size(); ++n) {
    const ScratchFile cut(".pcapng");
    std::ofstream(cut.path(), std::ios::binary) << whole.substr(0, n);
    auto reader = PcapReader::open(cut.path());
    ASSERT_TRUE(reader);
    std::string why;
    (void)read_all(*reader, &why);
    clean += why.empty() ? 1 : 0;
    if (!why.empty()) {
      ASSERT_NE(why.find(": byte "), std::string::npos) << why;
    }
  }
  EXPECT_EQ(clean, 12u);  // behind each of thirteen blocks but the last
}

TEST(Pcap, SaysWhatIsNoCapture) {
  const ScratchFile file(".txt");
  std::ofstream(file.path()) << "this is no capture file at all, but long enough";
  EXPECT_NE(PcapReader::open(file.path()).error().what.find("neither pcapng nor pcap"), std::string::npos);
  EXPECT_EQ(PcapReader::open("/nonexistent/x.pcap").error().code, Exit::kMissing);
}

TEST(Pcap, AFullDiskIsCountedAndSaid) {
  auto writer = PcapngWriter::create("/dev/full", "test");
  if (!writer) GTEST_SKIP() << "no /dev/full here";
  writer->add_interface("x");
  const std::vector<std::byte> frame(1500);
  for (int i = 0; i < 1000; ++i) writer->write(0, frame, 1);
  const auto flushed = writer->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, Exit::kPartial);
  EXPECT_GT(writer->lost(), 0u);
}

}  // namespace
}  // namespace hopcost
