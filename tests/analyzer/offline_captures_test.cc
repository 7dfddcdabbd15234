// The program over captures as tcpdump, dumpcap and others write them: nothing is left out without a word.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "stats/hdr_log.h"
#include "tests/analyzer/netns/program.h"
#include "tests/wire/capture_builder.h"
#include "wire/libpcap.h"

namespace hopcost::analyzer {
namespace {

using nlohmann::json;

constexpr std::uint64_t kBegin = 1'795'000'000'000'000'000;
constexpr std::uint64_t kMs = 1'000'000;

struct Said {
  int code;
  std::string messages;
  json result;
};

Said analyze(std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  Program program(arguments);
  const int code = program.wait();
  return {code, program.messages(), json::parse(program.output(), nullptr, false)};
}
Said analyze_file(const std::string& bytes, const std::vector<std::string>& more = {}) {
  const CaptureFile file(bytes);
  std::vector<std::string> arguments = {"--tap", "a=pcap:" + file.path()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return analyze(arguments);
}
bool says(const Said& said, const std::string& text) {
  return said.messages.find(text) != std::string::npos;
}

TEST(Captures, EveryLinkTypeThatIsRead) {
  for (const auto& [link, header] : {std::pair<std::uint32_t, std::string>{276, cooked_v2_text(0x0800)},
                                     {113, cooked_text(0x0800)},
                                     {101, ""},
                                     {0, std::string("\2\0\0\0", 4)},
                                     {12, ""},
                                     {228, ""},
                                     {1, std::string(12, '\0') + std::string("\x08\0", 2)}}) {
    ClassicText capture(link);
    for (std::uint64_t i = 0; i < 100; ++i)
      capture.packet(kBegin + i * kMs + 5000, header + probe_packet_text(i, kBegin + i * kMs));
    const Said said = analyze_file(capture.file());
    EXPECT_EQ(said.code, 0) << link << said.messages;
    EXPECT_EQ(said.result["taps"][0]["seen"], 100) << link;
    EXPECT_EQ(said.result["taps"][0]["since_tx"]["sum_ns"], 100 * 5000) << link;
  }
}

TEST(Captures, AnotherLinkTypeIsNamed) {
  const Said said =
      analyze_file(ClassicText(127).packet(kBegin, "radiotap").packet(kBegin, "radiotap").file());
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(says(said, "none of 2 packets")) << said.messages;
  EXPECT_TRUE(says(said, "127")) << said.messages;
}

TEST(Captures, EachInterfaceHasItsOwnLinkType) {
  PcapngText capture;
  capture.section()
      .interface({.link_type = 276, .name = "any", .resolution = 9})
      .interface({.link_type = 1, .name = "eth0", .resolution = 9})
      .interface({.link_type = 127, .name = "wlan0", .resolution = 9});
  for (std::uint64_t i = 0; i < 50; ++i) {
    const std::uint64_t tx = kBegin + i * kMs;
    capture.packet(1, tx + 1000, probe_frame_text(i, tx));
    capture.packet(0, tx + 1700, cooked_v2_text(0x0800) + probe_packet_text(i, tx));
    capture.packet(2, tx + 1800, "radiotap");
  }
  const CaptureFile file(capture.file());
  const Said said =
      analyze({"--tap", "a=pcap:" + file.path() + "#eth0", "--tap", "b=pcap:" + file.path() + "#any"});
  EXPECT_EQ(said.code, 0) << said.messages;
  EXPECT_EQ(said.result["hops"][0]["count"], 50);
  EXPECT_EQ(said.result["hops"][0]["sum_ns"], 50 * 700);
  // All of it as one tap: what can't be read of it is told, and the result is partial.
  const Said all = analyze({"--tap", "a=pcap:" + file.path()});
  EXPECT_EQ(all.code, 5);
  EXPECT_TRUE(says(all, "50 packets of link type")) << all.messages;
  EXPECT_EQ(all.result["captures"][0]["interfaces"][2]["unread"], 50);
}

TEST(Captures, AnInterfaceThatIsNotThereIsAnErrorThatListsThoseThatAre) {
  const CaptureFile file(PcapngText()
                             .section()
                             .interface({.name = "eth0"})
                             .interface({.link_type = 276})
                             .packet(0, 1, probe_frame_text(1, 1))
                             .file());
  for (const std::string name : {"eth7", "7"}) {
    const Said said = analyze({"--tap", "a=pcap:" + file.path() + "#" + name});
    EXPECT_EQ(said.code, 2);
    EXPECT_TRUE(says(said, "has no interface " + name)) << said.messages;
    EXPECT_TRUE(says(said, "0 (eth0, EN10MB (1)): 1 packet, 1 (no name, LINUX_SLL2 (276)): none"))
        << said.messages;
  }
  const Said idle = analyze({"--tap", "a=pcap:" + file.path() + "#1"});
  EXPECT_EQ(idle.code, 2);
  EXPECT_TRUE(says(idle, "interface 1 of " + file.path() + " has no packet")) << idle.messages;
}

TEST(Captures, AFileWithoutPacketsIsAnError) {
  for (const std::string& bytes : {PcapngText().section().file(), ClassicText().file(),
                                   PcapngText().section().interface({.name = "eth0"}).file()}) {
    const Said said = analyze_file(bytes);
    EXPECT_EQ(said.code, 2);
    EXPECT_TRUE(says(said, "holds no packet")) << said.messages;
  }
}

TEST(Captures, ATapThatCanNeverGetAPacketIsRefused) {
  const CaptureFile file(PcapngText()
                             .section()
                             .interface({.name = "eth0"})
                             .interface({.name = "eth1"})
                             .packet(0, 1, probe_frame_text(1, 1))
                             .packet(1, 1, probe_frame_text(1, 1))
                             .file());
  for (const auto& [a, b] : {std::pair<std::string, std::string>{"", ""}, {"#0", ""}, {"", "#eth1"}}) {
    const Said said = analyze({"--tap", "a=pcap:" + file.path() + a, "--tap", "b=pcap:" + file.path() + b});
    EXPECT_EQ(said.code, 2);
    EXPECT_TRUE(says(said, "taps a and b are of one file")) << said.messages;
    EXPECT_TRUE(says(said, "1 (eth1, EN10MB (1)): 1 packet")) << said.messages;
  }
  const Said same =
      analyze({"--tap", "a=pcap:" + file.path() + "#0", "--tap", "b=pcap:" + file.path() + "#eth0"});
  EXPECT_EQ(same.code, 2);
  EXPECT_TRUE(says(same, "taps a and b are one interface")) << same.messages;
}

/// Long frames cut to 96 bytes; every `whole`-th is not.
std::string cut_capture(std::uint64_t whole) {
  ClassicText capture;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const std::uint64_t tx = kBegin + i * kMs;
    const std::string frame = text_of(stamped(*FrameTemplate::make(spec_v4(1500), 1500), i, tx));
    if (whole != 0 && i % whole == 0) {
      capture.packet(tx + 5000, frame);
    } else {
      capture.packet(tx + 5000, frame.substr(0, 96), 96, static_cast<std::uint32_t>(frame.size()));
    }
  }
  return capture.file();
}

TEST(Captures, CutPacketsAreToldAndWhatToCaptureWith) {
  const Said all = analyze_file(cut_capture(0));
  EXPECT_EQ(all.code, 2);
  EXPECT_TRUE(says(all, "100 are cut to 96 bytes")) << all.messages;
  EXPECT_TRUE(says(all, "tcpdump -s 0")) << all.messages;
  const Said some = analyze_file(cut_capture(4));
  EXPECT_EQ(some.code, 0);
  EXPECT_EQ(some.result["taps"][0]["seen"], 25);
  EXPECT_TRUE(says(some, "of 100 packets 75 are cut to 96 bytes")) << some.messages;
  const Said matched = analyze_file(cut_capture(0), {"--match", "5-tuple"});
  EXPECT_EQ(matched.code, 2);
  EXPECT_TRUE(says(matched, "too little to know them by")) << matched.messages;
  EXPECT_TRUE(says(matched, "tcpdump -s 384")) << matched.messages;
}

TEST(Captures, PacketsWithoutATimeGiveNone) {
  PcapngText simple, mixed;
  simple.section().interface();
  mixed.section().interface({.resolution = 9});
  for (std::uint64_t i = 0; i < 10; ++i) {
    const std::uint64_t tx = kBegin + i * kMs;
    simple.simple(probe_frame_text(i, tx));
    mixed.simple(probe_frame_text(100 + i, tx)).packet(0, tx + 300, probe_frame_text(i, tx));
  }
  const Said none = analyze_file(simple.file());
  EXPECT_EQ(none.code, 2);
  EXPECT_TRUE(says(none, "10 have no time")) << none.messages;
  const Said some = analyze_file(mixed.file());
  EXPECT_EQ(some.code, 5);
  EXPECT_TRUE(says(some, "10 packets without a time")) << some.messages;
  EXPECT_EQ(some.result["taps"][0]["since_tx"]["out_of_range"], 0);
  EXPECT_EQ(some.result["taps"][0]["since_tx"]["sum_ns"], 10 * 300);
}

TEST(Captures, TrafficWithoutProbesIsToldHowItCanBeMatched) {
  const Said said = analyze_file(ClassicText().packet(kBegin, std::string(60, 'x')).file());
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(says(said, "--match 5-tuple")) << said.messages;
}

/// A capture of `count` probes from number `first` on.
std::string probes_from(std::uint64_t first, std::uint64_t count) {
  ClassicText capture;
  for (std::uint64_t i = first; i < first + count; ++i)
    capture.packet(kBegin + i * kMs + 5000, probe_frame_text(i, kBegin + i * kMs));
  return capture.file();
}

TEST(Captures, OneOfTwoFilesWithoutAProbeIsNotLoss) {
  const CaptureFile good(probes_from(0, 50));
  const CaptureFile other(ClassicText().packet(kBegin, std::string(60, 'x')).file());
  const Said said = analyze({"--tap", "a=pcap:" + good.path(), "--tap", "b=pcap:" + other.path()});
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(says(said, "tap b: none of 1 packet")) << said.messages;
  EXPECT_TRUE(says(said, "--match 5-tuple")) << said.messages;
}

TEST(Captures, FilesThatShareNoProbeAreTold) {
  const CaptureFile a(probes_from(0, 50)), b(probes_from(100, 50));
  const Said said = analyze({"--tap", "a=pcap:" + a.path(), "--tap", "b=pcap:" + b.path()});
  EXPECT_EQ(said.code, 5) << "all lost is shown, but not believed";
  EXPECT_TRUE(says(said, "taps a and b share no probe")) << said.messages;
}

#define NEED_LIBPCAP \
  if (!libpcap::why_missing().empty()) GTEST_SKIP() << libpcap::why_missing()

TEST(Captures, AFilterPicksPackets) {
  NEED_LIBPCAP;
  PcapngText capture;
  capture.section()
      .interface({.link_type = 276, .resolution = 9})
      .interface({.link_type = 1, .resolution = 9});
  for (std::uint64_t i = 0; i < 50; ++i) {
    const std::uint64_t tx = kBegin + i * kMs;
    capture.packet(1, tx + 1000, probe_frame_text(i, tx)).packet(1, tx + 1100, std::string(60, 'x'));
    capture.packet(0, tx + 1700, cooked_v2_text(0x0800) + probe_packet_text(i, tx));
  }
  const CaptureFile file(capture.file());
  const std::vector<std::string> taps = {"--tap", "a=pcap:" + file.path() + "#1", "--tap",
                                         "b=pcap:" + file.path() + "#0"};
  const auto filtered = [&](const std::string& expression) {
    auto arguments = taps;
    arguments.insert(arguments.end(), {"--filter", expression});
    return analyze(arguments);
  };
  const Said udp = filtered("udp and dst port 7");
  EXPECT_EQ(udp.code, 0) << udp.messages;
  EXPECT_EQ(udp.result["hops"][0]["count"], 50);
  EXPECT_EQ(udp.result["foreign"], 0);
  EXPECT_EQ(udp.result["captures"][0]["interfaces"][1]["filtered"], 50);
  const Said none = filtered("tcp");
  EXPECT_EQ(none.code, 2);
  EXPECT_TRUE(says(none, "the filter picks none")) << none.messages;
  const Said mistake = filtered("udp prt 9");
  EXPECT_EQ(mistake.code, 2);
  EXPECT_TRUE(says(mistake, "can't parse filter expression: syntax error")) << mistake.messages;
  const Said ethernet = filtered("ether host 02:00:00:00:00:01");
  EXPECT_EQ(ethernet.code, 2);
  EXPECT_TRUE(says(ethernet, "for link type LINUX_SLL2 (276)")) << ethernet.messages;
}

/// A probe a millisecond; 5 us in the first second, 9 us in the third, nothing in the second.
std::string two_seconds() {
  ClassicText capture;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const std::uint64_t tx = kBegin + i * kMs;
    if (i / 1000 != 1) capture.packet(tx + (i < 1000 ? 5000 : 9000), probe_frame_text(i, tx));
  }
  return capture.file();
}

TEST(Captures, TheIntervalLogGoesByTheCapturesTime) {
  const CaptureFile file(two_seconds());
  const ScratchFile log(".hlog");
  const Said said = analyze({"--tap", "a=pcap:" + file.path(), "--hdr-log", log.path(), "--interval", "1s"});
  EXPECT_EQ(said.code, 0) << said.messages;
  const auto read = read_hlog(log.path());
  ASSERT_TRUE(read);
  EXPECT_NEAR(read->start_s.value(), 1.795e9, 0.01);
  ASSERT_EQ(read->intervals.size(), 2u);
  EXPECT_EQ(read->intervals[0].histogram.count(), 1000u);
  EXPECT_NEAR(read->intervals[0].start_s, 1.795e9, 0.01);
  EXPECT_NEAR(read->intervals[0].length_s, 1, 0.001);
  EXPECT_LT(read->intervals[0].histogram.max(), 6000u);
  EXPECT_EQ(read->intervals[1].histogram.count(), 1000u);
  EXPECT_NEAR(read->intervals[1].start_s, 1.795e9 + 2, 0.01);
  EXPECT_GT(read->intervals[1].histogram.value_at_quantile(0), 8000u);
}

TEST(Captures, WithoutAnIntervalTheLogHasOne) {
  const CaptureFile file(two_seconds());
  const ScratchFile log(".hlog");
  EXPECT_EQ(analyze({"--tap", "a=pcap:" + file.path(), "--hdr-log", log.path()}).code, 0);
  const auto read = read_hlog(log.path());
  ASSERT_TRUE(read);
  ASSERT_EQ(read->intervals.size(), 1u);
  EXPECT_EQ(read->intervals[0].histogram.count(), 2000u);
  EXPECT_NEAR(read->intervals[0].length_s, 2.999, 0.001);
}

TEST(Captures, IntervalsArePrinted) {
  const CaptureFile file(two_seconds());
  Program program({"--tap", "a=pcap:" + file.path(), "--interval", "1s"});
  EXPECT_EQ(program.wait(), 0) << program.messages();
  EXPECT_NE(program.output().find("     1.0 s  sent > a                      1000 probes  p50 5003 ns"),
            std::string::npos)
      << program.output();
  EXPECT_NE(program.output().find("     3.0 s  sent > a                      1000 probes  p50 9007 ns"),
            std::string::npos)
      << program.output();
}

}  // namespace
}  // namespace hopcost::analyzer
