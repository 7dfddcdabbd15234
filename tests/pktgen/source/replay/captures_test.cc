// The program with captures that it reads and writes, as people have them. Needs no device.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/pktgen/control/control_client.h"
#include "tests/pktgen/netns_bench.h"
#include "tests/wire/capture_builder.h"
#include "wire/libpcap.h"
#include "wire/pcap_reader.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint64_t kBegin = 1'795'000'000'000'000'000;
constexpr std::uint64_t kMs = 1'000'000;

/// `packets` probe frames, a millisecond apart.
std::string frames_apart(std::uint64_t packets, std::uint64_t apart = kMs) {
  ClassicText text;
  for (std::uint64_t i = 0; i < packets; ++i)
    text.packet(kBegin + i * apart, probe_frame_text(i, kBegin + i * apart));
  return text.file();
}

/// The lengths of a capture's packets; a length of 0 at the end for one that can't be read to its end.
std::vector<std::size_t> lengths_in(const std::string& path) {
  std::vector<std::size_t> lengths;
  auto reader = PcapReader::open(path);
  PcapPacket p;
  auto next = PcapReader::Next::kError;
  while (reader && (next = reader->next(p)) == PcapReader::Next::kPacket) lengths.push_back(p.bytes.size());
  if (next == PcapReader::Next::kError) lengths.push_back(0);
  return lengths;
}

/// What a replay of the file sends.
std::vector<std::size_t> sent_of(const std::string& bytes, std::vector<std::string> more = {}) {
  const CaptureFile file(bytes);
  const ScratchFile out(".pcapng");
  std::vector<std::string> arguments = {"--port", "pcap:" + out.path(), "--replay", file.path()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto ended = pktgen_run(arguments);
  EXPECT_EQ(ended.exit, 0) << ended.err;
  return lengths_in(out.path());
}
using Lengths = std::vector<std::size_t>;

TEST(Captures, CookedPacketsAreSentBehindAMadeHeader) {
  ClassicText sll2(276);
  for (std::uint64_t i = 0; i < 10; ++i)
    sll2.packet(kBegin + i, cooked_v2_text(0x0800) + probe_packet_text(i, i));
  EXPECT_EQ(sent_of(sll2.file()), Lengths(10, 60));
}

TEST(Captures, WhatWasNotOnTheWireIsNotSent) {
  EXPECT_EQ(sent_of(ClassicText().packet(kBegin, std::string(801, 'x'), 801, 785).file()), Lengths{785});
  const std::string with_fcs(64, 'x');
  for (const std::uint32_t link : {0x14000001u, 0x24000001u})
    EXPECT_EQ(sent_of(ClassicText(link).packet(kBegin, with_fcs).file()), Lengths{60});
  EXPECT_EQ(sent_of(PcapngText().section().interface({.fcs_bits = 32}).packet(0, 1, with_fcs).file()),
            Lengths{60});
  EXPECT_EQ(sent_of(PcapngText().section().interface().packet(0, 1, with_fcs, 0, 0, 4 << 5).file()),
            Lengths{60});
}

TEST(Captures, AFilterPicksWhatIsSent) {
  if (!libpcap::why_missing().empty()) GTEST_SKIP() << libpcap::why_missing();
  PcapngText text;
  text.section().interface({.link_type = 276}).interface({.link_type = 1});
  text.packet(0, 1, cooked_v2_text(0x0800) + probe_packet_text(1, 1));
  text.packet(1, 2, probe_frame_text(2, 2)).packet(1, 3, std::string(100, 'x'));
  EXPECT_EQ(sent_of(text.file(), {"--filter", "udp port 7"}), Lengths(2, 60));
  EXPECT_EQ(sent_of(text.file(), {"--filter", "greater 99"}), Lengths{100});
  const CaptureFile file(text.file());
  const auto refused = [&](const std::string& filter) {
    const auto ended = pktgen_run({"--port", "null", "--replay", file.path(), "--filter", filter});
    EXPECT_EQ(ended.exit, 2);
    return ended.err;
  };
  EXPECT_NE(refused("prt 7").find("can't parse filter expression: syntax error"), std::string::npos);
  EXPECT_NE(refused("tcp").find("3 that the filter does not pick"), std::string::npos);
  EXPECT_NE(refused("ether host 02:00:00:00:00:01").find("for link type LINUX_SLL2 (276)"),
            std::string::npos);
  EXPECT_EQ(pktgen_run({"--port", "null", "--filter", "udp"}).exit, 2);
}

TEST(Captures, WithoutTimesARateIsAskedFor) {
  PcapngText text;
  text.section().interface();
  for (std::uint64_t i = 0; i < 10; ++i) text.simple(probe_frame_text(i, i));
  const CaptureFile file(text.file());
  const auto refused = pktgen_run({"--port", "null", "--replay", file.path()});
  EXPECT_EQ(refused.exit, 2);
  EXPECT_NE(refused.err.find("--rate"), std::string::npos) << refused.err;
  EXPECT_EQ(pktgen_run({"--port", "null", "--replay", file.path(), "--rate", "max"}).exit, 0);
}

TEST(Captures, ALongGapIsToldAndCanBeShortened) {
  const CaptureFile file(ClassicText()
                             .packet(kBegin, probe_frame_text(0, 0))
                             .packet(kBegin + 65536 * 1000 * kMs, probe_frame_text(1, 1))
                             .packet(kBegin + 50 * kMs, probe_frame_text(2, 2))
                             .file());
  Program waits({"--port", "null", "--replay", file.path(), "--json"});
  std::this_thread::sleep_for(2s);
  waits.signal(SIGINT);
  const auto stopped = waits.wait();
  EXPECT_NE(stopped.err.find("is due in 18.2 h"), std::string::npos) << stopped.err;
  EXPECT_EQ(stopped.json()["sent"], 1);
  const auto cut = pktgen_run({"--port", "null", "--replay", file.path(), "--duration", "1s"});
  EXPECT_NE(cut.out.find("the next frame is due 18.2 h after the first"), std::string::npos) << cut.out;
  const auto short_gap =
      pktgen_run({"--port", "null", "--replay", file.path(), "--max-gap", "20ms", "--json"});
  EXPECT_EQ(short_gap.exit, 0) << short_gap.err;
  EXPECT_EQ(short_gap.json()["sent"], 3);
  EXPECT_EQ(short_gap.json()["replay"]["gaps_shortened"], 1);
  EXPECT_EQ(short_gap.json()["replay"]["steps_back"], 1);
}

// No faster than asked for on any machine, and not by the factor of batches slower.
TEST(Captures, LongBurstsKeepTheRate) {
  const CaptureFile file(frames_apart(20'000, 1));
  const auto ended = pktgen_run(
      {"--port", "null", "--replay", file.path(), "--rate", "40kpps", "--burst", "1000", "--json"});
  EXPECT_EQ(ended.json()["sent"], 20'000);
  EXPECT_EQ(ended.json()["audit"]["departures"], 20);
}

/// Standard output is a whole capture of `packets` frames, and the text is on standard error.
void expect_capture(const std::vector<std::string>& arguments, std::size_t packets) {
  const auto ended = pktgen_run(arguments);
  EXPECT_EQ(ended.exit, 0) << ended.err;
  const CaptureFile out(ended.out);
  EXPECT_EQ(lengths_in(out.path()), Lengths(packets, 60));
  EXPECT_NE(ended.err.find("\"wire_bits_per_s\""), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("sent"), std::string::npos);
}

TEST(Captures, TextNeverMixesWithACaptureOnStandardOutput) {
  for (const std::string json : {"--json", "--quiet"}) {
    std::vector<std::string> common = {"--rate", "1kpps", "--count", "100", "--stats-interval", "20ms", json};
    for (const std::vector<std::string>& port :
         {std::vector<std::string>{"--port", "pcap:-"}, {"--port", "null", "--write", "-"}}) {
      auto arguments = common;
      arguments.insert(arguments.end(), port.begin(), port.end());
      expect_capture(arguments, 100);
    }
    auto second = common;
    for (const char* word : {"--port", "null", "--port", "pcap:-"}) second.emplace_back(word);
    expect_capture(second, 50);
  }
}

TEST(Captures, TheControlChannelHasStandardOutputForItself) {
  Program p({"--control"});
  (void)p.read_line();
  p.write_line(R"({"op":"open","port":"a","spec":"pcap:-"})");
  EXPECT_NE(p.read_line().find("standard output is the control channel"), std::string::npos);
}

/// Starts a second run and gives the answer; the first one sent `packets`.
json second_start(const std::string& file, std::uint64_t packets) {
  const SocketPath at("pktgen-replay-");
  Program p({"--port", "null", "--replay", file, "--rate", "100kpps", "--control-socket", at.path, "--paused",
             "--quiet"});
  Client c(at.path);
  EXPECT_EQ(c.result({{"op", "rate"}, {"rate", "50kpps"}}).is_object(), true) << "while it is paused";
  (void)c.result({{"op", "start"}});
  await_sent(c, packets);
  while (c.result({{"op", "status"}})["state"] == "running") std::this_thread::sleep_for(10ms);
  json answer = c.ask({{"op", "start"}});
  if (answer["ok"] == true) {
    while (c.result({{"op", "status"}})["state"] == "running") std::this_thread::sleep_for(10ms);
    answer["sent"] = c.result({{"op", "counters"}})["sent"];
  }
  (void)c.ask({{"op", "quit"}});
  return answer;
}

// The privileges that opened it are gone by then.
TEST(Captures, ASecondStartReadsAFileOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to make another user's file";
  const CaptureFile file(frames_apart(3000));
  ASSERT_EQ(chmod(file.path().c_str(), 0600) + chown(file.path().c_str(), 65534, 65534), 0);
  const json answer = second_start(file.path(), 3000);
  EXPECT_EQ(answer["ok"], true) << answer;
  EXPECT_EQ(answer["sent"], 3000);
}

TEST(Captures, ASecondStartOfAStreamIsRefused) {
  const ScratchFile fifo(".fifo");
  ASSERT_EQ(mkfifo(fifo.path().c_str(), 0600), 0);
  std::jthread writer([&] { std::ofstream(fifo.path(), std::ios::binary) << frames_apart(3000); });
  const json answer = second_start(fifo.path(), 3000);
  EXPECT_EQ(answer["ok"], false) << answer;
  EXPECT_NE(answer.dump().find("can't be sent twice"), std::string::npos) << answer;
}

}  // namespace
}  // namespace hopcost::pktgen
