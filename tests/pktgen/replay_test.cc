#include <gtest/gtest.h>

#include "pktgen/io/pcap/pcap_port.h"
#include "pktgen/io/tee_port.h"
#include "pktgen/send/send_loop.h"
#include "pktgen/source/frame_source.h"
#include "pktgen/source/replay/replay_source.h"
#include "tests/pktgen/fakes.h"
#include "tests/pktgen/one_lane.h"
#include "tests/wire/frames.h"
#include "tests/wire/tshark.h"

namespace hopcost::pktgen {
namespace {

static_assert(FrameSource<ReplaySource, FakePort>);
static_assert(SizedTxPort<TeePort<FakePort>>);
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

TEST(Replay, LeavesOutWhatDoesNotFitAndSaysSo) {
  const ScratchFile file(".pcapng");
  auto writer = PcapngWriter::create(file.path(), "test").value();
  writer.add_interface("x");
  for (const std::size_t n : {60u, 10u, 1518u, 1519u, 200u}) writer.write(0, std::vector<std::byte>(n), 1);
  ASSERT_TRUE(writer.flush());
  auto source = ReplaySource::open({.file = file.path(), .mtu = 1500}).value();
  EXPECT_EQ(source.available(64), 3u);
  EXPECT_EQ(source.counts().not_ethernet, 1u);
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
  TeePort<FakePort> tee(port, writer);
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
