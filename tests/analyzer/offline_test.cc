// The program over capture files written here, against what is known of them and against tshark.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

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
}

}  // namespace
}  // namespace hopcost::analyzer
