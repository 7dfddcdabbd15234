#include <gtest/gtest.h>

#include "pktgen/io/pcap/pcap_port.h"
#include "pktgen/io/tee_port.h"
#include "pktgen/pace/departure_plan.h"
#include "pktgen/send/send_loop.h"
#include "pktgen/source/frame_source.h"
#include "pktgen/source/replay/replay_source.h"
#include "tests/pktgen/fakes.h"
#include "tests/pktgen/one_lane.h"
#include "tests/wire/capture_builder.h"

namespace hopcost::pktgen {
namespace {

static_assert(FrameSource<ReplaySource, FakePort>);
static_assert(SizedTxPort<TeePort>);
static_assert(SizedTxPort<PcapTx>);

/// A file of frames of 64, 65, ... bytes at the given times.
Frames write_capture(const std::string& path, const std::vector<std::uint64_t>& times) {
  auto writer = PcapngWriter::create(path, "test").value();
  writer.add_interface("x");
  Frames frames;
  for (std::size_t i = 0; i < times.size(); ++i) {
    frames.push_back(stamped(*FrameTemplate::make(spec_v4(static_cast<std::uint32_t>(64 + i)), 9000), i, i));
    writer.write(0, frames.back(), times[i]);
  }
  EXPECT_TRUE(writer.flush());
  return frames;
}

/// Knows when each frame left.
struct TimingPort : FakePort {
  FakeClock* clock = nullptr;
  std::vector<std::uint64_t> times;
  using FakePort::send;
  void send(std::span<const std::uint16_t> lengths) noexcept {
    times.push_back(clock->ticks);
    FakePort::send(lengths);
  }
};

/// The file sent at recorded times by a clock of single steps; times in ns after the first.
TimingPort replay(ReplaySource& source, SendCount& c) {
  TimingPort port;
  FakeClock clock;
  port.clock = &clock;
  (void)port.prepare(source.first_frame());
  Progress progress;
  Audit audit(1.0, 1e18);
  const SendJob job{.count = kForever, .ticks = kForever, .near = 100, .stall = 10'000, .progress = progress};
  EXPECT_EQ(pace_one(port, source, job, clock, RecordedPlan(source, 1.0), audit, c), SendEnd::kDone);
  for (auto& t : port.times) t -= c.start;
  return port;
}

TEST(Replay, RecordedTimesScaledAndLooped) {
  const ScratchFile file(".pcapng");
  const auto frames = write_capture(file.path(), {5'000'000, 5'001'000, 5'004'000});
  auto source = ReplaySource::open({.file = file.path(), .loops = 2, .speed = 2}).value();
  SendCount c;
  const auto port = replay(source, c);
  ASSERT_EQ(port.sent.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(port.sent[i], frames[i % 3]);
  // Halved gaps; the second round comes a mean gap (4000 / 2 / 2) after the first.
  EXPECT_EQ(port.times, (std::vector<std::uint64_t>{0, 500, 2000, 3000, 3500, 5000}));
  EXPECT_EQ(c.bytes, 2u * (60 + 61 + 62));
}

TEST(Replay, TimesThatGoBackDoNotHoldItUp) {
  const ScratchFile file(".pcapng");
  write_capture(file.path(), {9'000, 10'000, 8'000, 12'000});
  auto source = ReplaySource::open({.file = file.path()}).value();
  SendCount c;
  EXPECT_EQ(replay(source, c).times, (std::vector<std::uint64_t>{0, 1000, 1002, 3000}));
}

/// `times` in ns as departures, ns after the first.
std::vector<std::uint64_t> departures(const std::vector<std::uint64_t>& times, ReplayOptions options = {},
                                      ReplayCounts* counts = nullptr) {
  const ScratchFile file(".pcapng");
  write_capture(file.path(), times);
  options.file = file.path();
  auto source = ReplaySource::open(options).value();
  SendCount c;
  const auto left = replay(source, c).times;
  if (counts != nullptr) *counts = source.counts();
  return left;
}

constexpr std::uint64_t kSecond = 1'000'000'000;

// A clock that was set back an hour: what follows keeps its gaps, and does not leave in one burst.
TEST(Replay, AStepBackIsNoGapAndTimeGoesOnFromThere) {
  ReplayCounts counts;
  const std::uint64_t begin = 7200 * kSecond, back = begin - 3600 * kSecond;
  EXPECT_EQ(departures({begin, begin + 1000, back, back + 1000, back + 5000}, {}, &counts),
            (std::vector<std::uint64_t>{0, 1000, 1002, 2000, 6000}));
  EXPECT_EQ(counts.steps_back, 1u);
}

TEST(Replay, GapsAreAtMostAsLongAsAskedFor) {
  ReplayCounts counts;
  const std::uint64_t begin = 7200 * kSecond, far = begin + 65536 * kSecond;
  ReplayOptions options;
  options.max_gap_ns = 10'000;
  EXPECT_EQ(departures({begin, far, far + 1000, begin + 50, begin + 1050}, options, &counts),
            (std::vector<std::uint64_t>{0, 10'000, 11'000, 11'002, 12'000}));
  EXPECT_EQ(counts.shortened, 1u);
  options.speed = 0.5;
  EXPECT_EQ(departures({begin, begin + 4000, begin + 10'000}, options, &counts),
            (std::vector<std::uint64_t>{0, 8000, 18'000}));
  // From 1970 to today.
  options.speed = 1;
  EXPECT_EQ(departures({0, 1'795'000'000 * kSecond, 1'795'000'000 * kSecond + 500}, options, &counts),
            (std::vector<std::uint64_t>{0, 10'000, 10'500}));
}

TEST(Replay, FramesWithoutATimeLeaveBehindTheOneBefore) {
  const CaptureFile file(PcapngText()
                             .section()
                             .interface(9)
                             .simple(probe_frame_text(1, 1))
                             .packet(0, 5000, probe_frame_text(2, 2))
                             .simple(probe_frame_text(3, 3))
                             .packet(0, 9000, probe_frame_text(4, 4))
                             .file());
  auto source = ReplaySource::open({.file = file.path()}).value();
  SendCount c;
  EXPECT_EQ(replay(source, c).times, (std::vector<std::uint64_t>{0, 2, 4, 4000}));
  EXPECT_EQ(source.counts().timeless, 2u);
}

TEST(Replay, AFileWithoutTimesWantsARate) {
  PcapngText text;
  text.section().interface();
  for (std::uint64_t i = 0; i < 100; ++i) text.simple(probe_frame_text(i, i));
  const CaptureFile file(text.file());
  const auto refused = ReplaySource::open({.file = file.path()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::kUsage);
  EXPECT_NE(describe(refused.error()).find("--rate"), std::string::npos);
  EXPECT_TRUE(ReplaySource::open({.file = file.path(), .recorded = false}));
}

// Each packet of its own link layer, behind a made header where that is none; the rest is named.
TEST(Replay, PacketsOfOtherLinkTypesGetAHeader) {
  PcapngText text;
  text.section().interface({.link_type = 276}).interface({.link_type = 1}).interface({.link_type = 113});
  text.packet(0, 1, cooked_v2_text(0x0800) + probe_packet_text(1, 1));
  text.packet(1, 2, probe_frame_text(2, 2));
  text.packet(2, 3, cooked_text(0x0806) + std::string(28, '\0'));
  text.packet(2, 4, cooked_text(0x0800) + probe_packet_text(3, 3));
  const CaptureFile file(text.file());
  ReplayOptions options{.file = file.path(), .dst_mac = *parse_mac("02:00:00:00:00:02")};
  auto source = ReplaySource::open(options).value();
  SendCount c;
  const auto port = replay(source, c);
  ASSERT_EQ(port.sent.size(), 3u);
  EXPECT_EQ(text_of(port.sent[0]), probe_frame_text(1, 1));
  EXPECT_EQ(text_of(port.sent[1]), probe_frame_text(2, 2));
  EXPECT_EQ(text_of(port.sent[2]), probe_frame_text(3, 3));
  EXPECT_EQ(source.counts().no_packet, 1u);
  EXPECT_EQ(source.counts().link_type, 113);
  // Nobody says where to: Ethernet alone.
  options.dst_mac = {};
  auto ethernet = ReplaySource::open(options).value();
  EXPECT_EQ(replay(ethernet, c).sent.size(), 1u);
  EXPECT_EQ(ethernet.counts().no_mac, 2u);
}

TEST(Replay, WhatCanNotBeSentIsNamed) {
  const auto why = [](const std::string& bytes) {
    const CaptureFile file(bytes);
    return describe(ReplaySource::open({.file = file.path()}).error());
  };
  EXPECT_NE(why(ClassicText(276).packet(1, cooked_v2_text(0x0800) + probe_packet_text(1, 1)).file())
                .find("1 of link type LINUX_SLL2 (276) without an Ethernet header"),
            std::string::npos);
  EXPECT_NE(why(ClassicText(127).packet(1, "radiotap").file()).find("127"), std::string::npos);
  EXPECT_NE(why(ClassicText().file()).find("no packet at all"), std::string::npos);
}

TEST(Replay, LeavesOutWhatDoesNotFitAndSaysSo) {
  const ScratchFile file(".pcapng");
  auto writer = PcapngWriter::create(file.path(), "test").value();
  writer.add_interface("x");
  for (const std::size_t n : {60u, 10u, 1518u, 1519u, 200u}) writer.write(0, std::vector<std::byte>(n), 1);
  ASSERT_TRUE(writer.flush());
  auto source = ReplaySource::open({.file = file.path(), .mtu = 1500}).value();
  EXPECT_EQ(source.available(64), 3u);
  EXPECT_EQ(source.counts().no_packet, 1u);
  EXPECT_EQ(source.counts().too_long, 1u);
}

TEST(Replay, AFileCutShortIsAFaultAfterItsFrames) {
  const ScratchFile file(".pcapng");
  write_capture(file.path(), {1, 2, 3});
  std::filesystem::resize_file(file.path(), std::filesystem::file_size(file.path()) - 8);
  auto source = ReplaySource::open({.file = file.path()}).value();
  SendCount c;
  EXPECT_EQ(replay(source, c).sent.size(), 2u);
  ASSERT_TRUE(source.fault());
  EXPECT_NE(source.fault()->what.find("byte"), std::string::npos);
}

TEST(Replay, FlatOutSendsWholeBatches) {
  const ScratchFile file(".pcapng");
  write_capture(file.path(), std::vector<std::uint64_t>(100, 7));
  auto source = ReplaySource::open({.file = file.path(), .loops = 3}).value();
  FakePort port;
  (void)port.prepare(source.first_frame());
  FakeClock clock;
  Progress progress;
  SendCount c;
  const SendJob job{.count = kForever, .ticks = kForever, .near = 100, .stall = 10'000, .progress = progress};
  EXPECT_EQ(flat_out_one(port, source, job, clock, c), SendEnd::kDone);
  EXPECT_EQ(port.sent.size(), 300u);
  EXPECT_EQ(port.batches.front(), 64u);
}

// A departure is more than a batch; the capture ends within one.
TEST(Replay, ABurstAboveABatchKeepsTheRate) {
  const ScratchFile file(".pcapng");
  write_capture(file.path(), std::vector<std::uint64_t>(250, 7));
  auto source = ReplaySource::open({.file = file.path()}).value();
  FakePort port;
  (void)port.prepare(source.first_frame());
  FakeClock clock;
  Progress progress;
  SendCount c;
  Audit audit(1.0, 100'000);
  const SendJob job{
      .count = kForever, .ticks = kForever, .burst = 100, .near = 100, .stall = 10'000, .progress = progress};
  EXPECT_EQ(pace_one(port, source, job, clock, DeparturePlan(Gap::kConstant, 100'000, 1), audit, c),
            SendEnd::kDone);
  EXPECT_EQ(port.batches, (std::vector<std::size_t>{64, 36, 64, 36, 50}));
  EXPECT_EQ(audit.departures(), 3u);
  EXPECT_EQ(c.last - c.first, 200'000u);
}

TEST(Replay, NoEthernetFrameIsAnError) {
  const ScratchFile file(".pcapng");
  auto writer = PcapngWriter::create(file.path(), "test").value();
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(ReplaySource::open({.file = file.path()}).error().code, Exit::kUsage);
}

TEST(Tee, WritesWhatItSends) {
  const ScratchFile file(".pcapng");
  auto writer = PcapngWriter::create(file.path(), "test").value();
  writer.add_interface("x");
  FakePort port;
  TeePort tee(port, writer);
  TemplateSource source(*FrameTemplate::make(spec_v4(64), 1500));
  ASSERT_TRUE(tee.prepare(source.first_frame()));
  source.send(tee, tee.lend(3), 5, 77);
  const std::array<std::uint16_t, 2> lengths{20, 60};
  (void)tee.lend(2);
  tee.send(std::span<const std::uint16_t>(lengths));
  ASSERT_TRUE(writer.flush());
  auto reader = PcapReader::open(file.path()).value();
  PcapPacket p;
  Frames read;
  while (reader.next(p) == PcapReader::Next::kPacket) read.emplace_back(p.bytes.begin(), p.bytes.end());
  EXPECT_EQ(read, port.sent);
  EXPECT_EQ(read.at(3).size(), 20u);
}

}  // namespace
}  // namespace hopcost::pktgen
