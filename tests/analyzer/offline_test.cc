// The program over capture files written here, against what is known of them and against tshark.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <tuple>

#include "stats/hdr_codec.h"
#include "tests/analyzer/netns/program.h"
#include "tests/wire/tshark.h"
#include "wire/frame_template.h"
#include "wire/pcapng_writer.h"

namespace hopcost::analyzer {
namespace {

using nlohmann::json;

constexpr std::uint64_t kStart = 1'800'000'000'000'000'000;

FrameTemplate probe_frame(std::uint16_t flow = 7) {
  FrameSpec spec;
  spec.src_ip = *parse_ip("198.18.0.1");
  spec.dst_ip = *parse_ip("198.18.0.2");
  spec.flow = flow;
  return *FrameTemplate::make(spec, 1500);
}

/// A capture file of this test's own.
class File {
 public:
  explicit File(std::vector<std::string> interfaces = {"wire"})
      : writer_(*PcapngWriter::create(scratch_.path(), "test")) {
    for (const auto& name : interfaces) writer_.add_interface(name);
  }
  void probe(std::uint64_t sequence, std::uint64_t tx_ns, std::uint64_t ns, std::uint32_t interface = 0) {
    static const FrameTemplate frame = probe_frame();
    std::vector<std::byte> bytes(frame.bytes().begin(), frame.bytes().end());
    frame.stamp(bytes.data(), sequence, tx_ns);
    writer_.write(interface, bytes, ns);
  }
  void foreign(std::uint64_t ns) { writer_.write(0, std::vector<std::byte>(60), ns); }
  [[nodiscard]] std::string path() {
    (void)writer_.flush();
    return scratch_.path();
  }

 private:
  ScratchFile scratch_{".pcapng"};
  PcapngWriter writer_;
};

json run(std::vector<std::string> arguments, int code = 0) {
  arguments.emplace_back("--json");
  Program program(arguments);
  EXPECT_EQ(program.wait(), code) << program.messages();
  return json::parse(program.output(), nullptr, false);
}

TEST(Offline, TwoFilesAreCorrelatedExactly) {
  File a, b;
  std::int64_t sum = 0;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const std::uint64_t tx = kStart + i * 50'000;
    a.probe(i, tx, tx + 100);
    if (i % 10 == 0) a.foreign(tx + 200);
    if (i % 100 == 99) continue;  // lost between them
    const std::uint64_t latency = 300 + i % 50;
    b.probe(i, tx, tx + 100 + latency);
    sum += static_cast<std::int64_t>(latency);
    if (i == 1234) b.probe(i, tx, tx + 2000);  // twice
  }
  const json r = run({"--tap", "a=pcap:" + a.path(), "--tap", "b=pcap:" + b.path()});
  EXPECT_EQ(r["sent"], 5000);
  EXPECT_EQ(r["foreign"], 500);
  EXPECT_EQ(r["taps"][0]["seen"], 5000);
  EXPECT_EQ(r["taps"][1]["seen"], 4950);
  EXPECT_EQ(r["taps"][1]["lost"], 50);
  EXPECT_EQ(r["taps"][1]["duplicates"], 1);
  EXPECT_EQ(r["hops"][0]["count"], 4950);
  EXPECT_EQ(r["hops"][0]["lost"], 50);
  EXPECT_EQ(r["hops"][0]["sum_ns"], sum);
  EXPECT_TRUE(r["clocks"].is_null());
}

TEST(Offline, OneFileHoldsSeveralInterfaces) {
  File f({"d0", "v0", "eth0"});
  for (std::uint64_t i = 0; i < 300; ++i) {
    const std::uint64_t tx = kStart + i * 50'000;
    for (std::uint32_t k = 0; k < 3; ++k) f.probe(i, tx, tx + 100 * (k + 1), k);
  }
  const json r = run({"--tap", "in=pcap:" + f.path() + "#d0", "--tap", "out=pcap:" + f.path() + "#2"});
  EXPECT_EQ(r["hops"][0]["count"], 300);
  EXPECT_EQ(r["hops"][0]["sum_ns"], 300 * 200);
  EXPECT_EQ(r["taps"][1]["since_tx"]["sum_ns"], 300 * 300);
}

TEST(Offline, WhatIsReadableOfABrokenFileCounts) {
  File f;
  for (std::uint64_t i = 0; i < 100; ++i) f.probe(i, kStart + i, kStart + i + 100);
  const std::string path = f.path();
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 30);
  Program program({"--tap", "a=pcap:" + path, "--json"});
  EXPECT_EQ(program.wait(), 5);
  EXPECT_NE(program.messages().find("byte"), std::string::npos) << program.messages();
  EXPECT_EQ(json::parse(program.output())["taps"][0]["seen"], 99);
}

TEST(Offline, ClocksOfTwoHostsAreFitted) {
  File a, b;
  std::mt19937_64 random(5);
  std::exponential_distribution<double> wait(1.0 / 1000);
  constexpr double kOffset = 3'600e9, kDrift = 30e-6;
  for (std::uint64_t i = 0; i < 40'000; ++i) {
    const std::uint64_t since = i * 500'000, tx = kStart + since;
    a.probe(i, tx, tx);
    const double ahead = kOffset + kDrift * static_cast<double>(since);
    b.probe(i, tx, tx + static_cast<std::uint64_t>(ahead + 400 + wait(random)));
  }
  const json r = run({"--tap", "a=pcap:" + a.path(), "--tap", "b=pcap:" + b.path(), "--fit-clocks"});
  ASSERT_EQ(r["clocks"].size(), 1u);
  EXPECT_NEAR(r["clocks"][0]["offset_ns"].get<double>(), kOffset + 400, 50);
  EXPECT_NEAR(r["clocks"][0]["drift_ppb"].get<double>(), kDrift * 1e9, 3);
  EXPECT_EQ(r["hops"][0]["count"], 40'000);
  EXPECT_EQ(r["hops"][0]["lost"], 0);
  const auto times = decode_base64(r["hops"][0]["histogram"].get<std::string>());
  ASSERT_TRUE(times);
  EXPECT_NEAR(static_cast<double>(times->value_at_quantile(0.5)), 693, 50)
      << "the waiting alone, median ln 2 us";
}

/// Two files of probes 2 ms apart, the second by a clock that is `ahead_ns` of the first one's after so many
/// seconds. The result.
json fit_of(double seconds, double (*ahead_ns)(double s)) {
  File a, b;
  std::mt19937_64 random(5);
  std::exponential_distribution<double> wait(1.0 / 1000);
  const auto packets = static_cast<std::uint64_t>(seconds * 500);
  for (std::uint64_t i = 0; i < packets; ++i) {
    const std::uint64_t since = i * 2'000'000, tx = kStart + since;
    a.probe(i, tx, tx);
    const double late = ahead_ns(static_cast<double>(since) / 1e9) + 400 + wait(random);
    b.probe(i, tx, tx + static_cast<std::uint64_t>(static_cast<std::int64_t>(late)));
  }
  return run({"--tap", "a=pcap:" + a.path(), "--tap", "b=pcap:" + b.path(), "--fit-clocks"});
}

// By 30 ppm a slow clock's packets come up a millisecond earlier after 33 s.
TEST(Offline, ASlowClockIsFollowedToTheEnd) {
  for (const auto& [seconds, drift, ahead] :
       {std::tuple<double, double, double (*)(double)>{120, -30e3, [](double s) { return 5e9 - 30e3 * s; }},
        {120, -200e3, [](double s) { return 5e9 - 200e3 * s; }},
        {120, 200e3, [](double s) { return -5e9 + 200e3 * s; }}}) {
    const json r = fit_of(seconds, ahead);
    const auto packets = static_cast<std::uint64_t>(seconds * 500);
    EXPECT_NEAR(r["clocks"][0]["drift_ppb"].get<double>(), drift, 3);
    EXPECT_LT(r["clocks"][0]["uncertainty_ns"].get<double>(), 600);
    EXPECT_EQ(r["hops"][0]["count"], packets);
    const auto times = decode_base64(r["hops"][0]["histogram"].get<std::string>());
    EXPECT_NEAR(static_cast<double>(times->value_at_quantile(0.5)), 693, 100) << drift;
  }
}

// One line is not enough for a clock whose rate changes, but it lies under all packets, and how far above it
// they are is told.
TEST(Offline, TheLineLiesUnderThePacketsOfTheWholeRun) {
  const json r = fit_of(120, [](double s) { return s < 40 ? -30e3 * s : -1200e3 - 60e3 * (s - 40); });
  EXPECT_EQ(r["hops"][0]["lost"], 0);
  EXPECT_LT(r["hops"][0]["negative"], 100) << "within the first stretch of the fit";
  EXPECT_NEAR(r["clocks"][0]["drift_ppb"].get<double>(), -50e3, 100);
  EXPECT_GT(r["clocks"][0]["uncertainty_ns"].get<double>(), 100'000);
}

TEST(Offline, FilesThatShareNothingCannotBeFitted) {
  File a, b;
  a.probe(1, kStart, kStart + 1);
  b.probe(2, kStart, kStart + 1);
  Program program({"--tap", "a=pcap:" + a.path(), "--tap", "b=pcap:" + b.path(), "--fit-clocks"});
  EXPECT_EQ(program.wait(), 2);
  EXPECT_NE(program.messages().find("share no probe"), std::string::npos) << program.messages();
}

// The same sums from tshark's fields, to the nanosecond.
TEST(Offline, AgreesWithTshark) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  File a, b;
  std::mt19937_64 random(9);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const std::uint64_t tx = kStart + i * 100'000;
    a.probe(i, tx, tx + 50 + random() % 1000);
    b.probe(i, tx, tx + 2000 + random() % 50'000);
  }
  const auto times = [](const std::string& path) {
    std::map<std::string, std::int64_t> by_sequence;
    std::istringstream lines(output_of("tshark -r " + path + " -X lua_script:" + HOPCOST_DISSECTOR +
                                       " -T fields -e hopcost.sequence -e frame.time_epoch 2>/dev/null"));
    std::string sequence, epoch;
    while (lines >> sequence >> epoch) {
      epoch.erase(epoch.find('.'), 1);
      by_sequence[sequence] = std::stoll(epoch);
    }
    return by_sequence;
  };
  const auto at_a = times(a.path()), at_b = times(b.path());
  ASSERT_EQ(at_a.size(), 2000u);
  std::int64_t sum = 0;
  for (const auto& [sequence, ns] : at_b) sum += ns - at_a.at(sequence);
  const json r = run({"--tap", "a=pcap:" + a.path(), "--tap", "b=pcap:" + b.path()});
  EXPECT_EQ(r["hops"][0]["sum_ns"], sum);
}

/// Lines of tshark's fields.
std::vector<std::string> tshark_lines(const std::string& path, const std::string& fields) {
  std::istringstream text(
      output_of("tshark -r " + path + " -T fields -E separator=';' " + fields + " 2>/dev/null"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

TEST(Offline, WiresharkShowsEachHopBesideItsFrame) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  File a, b;
  for (std::uint64_t i = 0; i < 4; ++i) {
    const std::uint64_t tx = kStart + i * 1'000'000;
    a.probe(i, tx, tx + 100);
    if (i == 1) a.foreign(tx + 150);
    if (i != 2) b.probe(i, tx, tx + 383 + i);
    if (i == 3) b.probe(i, tx, tx + 999);
  }
  b.probe(9, kStart, kStart + 5'000'000);
  const ScratchFile out(".pcapng");
  const json r =
      run({"--tap", "wire=pcap:" + a.path(), "--tap", "end=pcap:" + b.path(), "--write", out.path()});
  EXPECT_EQ(r["written"]["frames"], 9);
  EXPECT_EQ(r["written"]["left_out"], 0);
  const auto lines = tshark_lines(out.path(), "-e frame.time_epoch -e frame.interface_name -e frame.comment");
  const std::vector<std::string> expected = {
      "1800000000.000000100;wire;since tx 100 ns, flow 7 seq 0",
      "1800000000.000000383;end;hop wire->end 283 ns, since tx 383 ns, flow 7 seq 0",
      "1800000000.001000100;wire;since tx 100 ns, flow 7 seq 1",
      "1800000000.001000384;end;hop wire->end 284 ns, since tx 384 ns, flow 7 seq 1",
      "1800000000.002000100;wire;since tx 100 ns, flow 7 seq 2",
      "1800000000.003000100;wire;since tx 100 ns, flow 7 seq 3",
      "1800000000.003000386;end;hop wire->end 286 ns, since tx 386 ns, flow 7 seq 3",
      "1800000000.003000999;end;seen before at end, flow 7 seq 3",
      "1800000000.005000000;end;not seen at wire, since tx 5000000 ns, flow 7 seq 9"};
  EXPECT_EQ(lines, expected);
}

TEST(Offline, ALostOutputDoesNotLoseWhatIsWritten) {
  File f;
  for (std::uint64_t i = 0; i < 100; ++i) f.probe(i, kStart + i, kStart + i + 100);
  const ScratchFile out(".pcapng");
  Program program({"--tap", "a=pcap:" + f.path(), "--write", out.path()},
                  {.without_capabilities = false, .stdout_to = "/dev/full", .tiny_disk = ""});
  EXPECT_EQ(program.wait(), 5) << program.messages();
  EXPECT_NE(program.messages().find("standard output"), std::string::npos) << program.messages();
  EXPECT_GT(std::filesystem::file_size(out.path()), 100 * 60u);
}

TEST(Offline, ADiskThatIsFullIsSaidAndResultsAreStillShown) {
  File f;
  for (std::uint64_t i = 0; i < 100; ++i) f.probe(i, kStart + i, kStart + i + 100);
  Program program({"--tap", "a=pcap:" + f.path(), "--json", "--write", "/dev/full"});
  EXPECT_EQ(program.wait(), 5);
  EXPECT_NE(program.messages().find("/dev/full"), std::string::npos) << program.messages();
  EXPECT_EQ(json::parse(program.output())["taps"][0]["seen"], 100);
}

TEST(Offline, EachTenthPacketIsWrittenAtEveryTap) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  File f({"d0", "v0"});
  for (std::uint64_t i = 0; i < 1000; ++i)
    for (std::uint32_t k = 0; k < 2; ++k) f.probe(i, kStart + i * 1000, kStart + i * 1000 + 100 * k, k);
  const ScratchFile out(".pcapng");
  const json r = run({"--tap", "a=pcap:" + f.path() + "#d0", "--tap", "b=pcap:" + f.path() + "#v0", "--write",
                      out.path(), "--write-every", "10"});
  // Flow 7 is in the number as well: which tenth it is is all the same.
  const std::uint64_t frames = r["written"]["frames"];
  EXPECT_EQ(frames, 200u);
  EXPECT_EQ(r["written"]["skipped"], 1800);
  EXPECT_EQ(
      tshark_lines(out.path(), "-Y 'frame.comment contains \"hop a->b 100 ns\"' -e frame.number").size(),
      100u);
  EXPECT_NE(output_of("capinfos " + out.path() + " 2>/dev/null").find("= b"), std::string::npos);
}

/// 500 packets without probes as they come into a gateway and, 10 of them lost, as they leave it behind NAT.
/// Two of them are the same.
void write_both_sides_of_nat(const std::string& before, const std::string& after) {
  FrameSpec inside;
  inside.src_ip = *parse_ip("198.18.0.1");
  inside.dst_ip = *parse_ip("198.18.0.2");
  inside.size = 150;
  FrameSpec outside = inside;
  outside.src_ip = *parse_ip("198.19.0.1");
  outside.src_port = 40'000;
  auto a = *PcapngWriter::create(before, "test"), b = *PcapngWriter::create(after, "test");
  a.add_interface("in");
  b.add_interface("out");
  const auto put = [](PcapngWriter& to, const FrameSpec& spec, std::uint64_t number, std::uint64_t ns) {
    const auto frame = *FrameTemplate::make(spec, 1500);
    std::vector<std::byte> bytes(frame.bytes().begin(), frame.bytes().end());
    bytes[50] = static_cast<std::byte>(number);  // in the payload's beginning
    bytes[51] = static_cast<std::byte>(number >> 8);
    to.write(0, bytes, ns);
  };
  for (std::uint64_t i = 0; i < 500; ++i) {
    const std::uint64_t number = i == 300 ? 299 : i;
    put(a, inside, number, kStart + i * 1000);
    if (i % 50 != 7) put(b, outside, number, kStart + i * 1000 + 200 + i % 30);
  }
}

// The times in the comments are those of the histograms, also where a packet's flow changes on its way.
TEST(Offline, PacketsWithoutProbesAreMatchedThroughNat) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  const ScratchFile before(".pcapng"), after(".pcapng"), out(".pcapng");
  write_both_sides_of_nat(before.path(), after.path());
  const std::vector<std::string> taps = {"--tap", "a=pcap:" + before.path(), "--tap",
                                         "b=pcap:" + after.path()};
  auto arguments = taps;
  arguments.insert(arguments.end(), {"--match", "payload", "--write", out.path()});
  const json r = run(arguments);
  EXPECT_EQ(r["match"], "payload");
  EXPECT_EQ(r["taps"][0]["seen"], 498);
  EXPECT_EQ(r["taps"][0]["ambiguous"], 2);
  EXPECT_EQ(r["hops"][0]["count"], 488);
  EXPECT_EQ(r["hops"][0]["lost"], 10);
  EXPECT_EQ(r["flows"].size(), 1u);
  EXPECT_EQ(r["flows"][0]["source"]["address"], "198.18.0.1") << "as the first tap saw it";
  EXPECT_EQ(r["flows"][0]["hops"][0]["sum_ns"], r["hops"][0]["sum_ns"]);
  std::int64_t sum = 0;
  for (const auto& comment : tshark_lines(out.path(), "-e frame.comment"))
    if (comment.starts_with("hop a->b ")) sum += std::stoll(comment.substr(9));
  EXPECT_EQ(r["hops"][0]["sum_ns"], sum);
  arguments = taps;
  arguments.insert(arguments.end(), {"--match", "5-tuple"});
  const json tuples = run(arguments, 5);
  EXPECT_EQ(tuples["hops"][0]["count"], 0) << "NAT gave them another 5-tuple";
  EXPECT_EQ(tuples["hops"][0]["lost"], 498);
}

TEST(Offline, MistakesAreExplained) {
  File f;
  f.probe(1, kStart, kStart + 1);
  const auto says = [](const std::vector<std::string>& arguments, int code, const std::string& text) {
    Program program(arguments);
    EXPECT_EQ(program.wait(), code) << program.messages();
    EXPECT_NE(program.messages().find(text), std::string::npos) << program.messages();
  };
  says({"--tap", "a=pcap:/nowhere.pcapng"}, 4, "/nowhere.pcapng");
  says({"--tap", "a=pcap:/etc/hostname"}, 2, "/etc/hostname");
  says({"--tap", "a=pcap:" + f.path(), "--tap", "b=lo"}, 2, "live");
  says({"--tap", "a=pcap:" + f.path(), "--duration", "1s"}, 2, "--duration");
  says({"--tap", "a=lo", "--fit-clocks"}, 2, "--fit-clocks");
  says({"--tap", "a=lo", "--match", "ports"}, 2, "5-tuple");
  says({"--tap", "a=lo", "--match", "5-tuple", "--tap-kind", "bpf"}, 2, "af_packet");
  says({"--tap", "a=pcap:" + f.path(), "--write", "/nowhere/x.pcapng"}, 4, "/nowhere");
  says({"--tap", "a=pcap:" + f.path(), "--write", "-"}, 2, "standard output");
}

}  // namespace
}  // namespace hopcost::analyzer
