// tshark as an independent judge of whole frames.
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/wire/encapsulated_frames.h"
#include "tests/wire/frames.h"
#include "wire/find_probe.h"

namespace hopcost {
namespace {

template <class T>
void put(std::ofstream& out, T v) {
  out.write(reinterpret_cast<const char*>(&v), sizeof v);
}

/// A classic pcap file (host order, nanoseconds, Ethernet), every frame 330 ns after kCarried was sent.
void write_pcap(const std::string& path, const std::vector<std::vector<std::byte>>& frames) {
  std::ofstream out(path, std::ios::binary);
  put<std::uint32_t>(out, 0xa1b23c4d);
  put<std::uint32_t>(out, 0x00040002);
  for (const std::uint32_t word : {0u, 0u, 65535u, 1u}) put(out, word);
  for (const auto& f : frames) {
    for (const std::uint32_t word :
         {1'800'000'000u, 331u, static_cast<std::uint32_t>(f.size()), static_cast<std::uint32_t>(f.size())})
      put(out, word);
    out.write(reinterpret_cast<const char*>(f.data()), static_cast<std::streamsize>(f.size()));
  }
}

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), n);
  pclose(pipe);
  return text;
}

bool have_tshark() {
  return std::system("command -v tshark >/dev/null 2>&1") == 0;
}

/// What tshark prints of these frames' fields, a line a frame, with our dissector.
std::string fields_of(const std::vector<std::vector<std::byte>>& frames, const std::string& fields) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("hopcost-tshark-" + std::to_string(getpid()) + ".pcap");
  write_pcap(path, frames);
  std::string command = "tshark -r " + path + " -X lua_script:" + HOPCOST_DISSECTOR +
                        " -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE"
                        " -T fields -E separator='|' -E occurrence=a";
  std::stringstream words(fields);
  for (std::string field; words >> field;) command += " -e " + field;
  const std::string out = output_of(command + " 2>/dev/null");
  std::filesystem::remove(path);
  return out;
}

TEST(Tshark, AcceptsChecksums) {
  if (!have_tshark()) GTEST_SKIP() << "tshark is not installed";
  std::vector<std::vector<std::byte>> frames;
  for (const std::uint32_t size : {84u, 85u, 128u, 511u, 1518u}) {
    frames.push_back(
        stamped(*FrameTemplate::make(spec_v4(size), 1500), size, 1'800'000'000'000'000'000 + size));
    frames.push_back(
        stamped(*FrameTemplate::make(spec_v6(size), 1500), size, 1'800'000'000'000'000'000 + size));
  }
  // 1 is "good" (epan/proto.h PROTO_CHECKSUM_E_GOOD).
  std::string expected;
  for (std::size_t i = 0; i < frames.size() / 2; ++i) expected += "1|1\n|1\n";
  EXPECT_EQ(fields_of(frames, "ip.checksum.status udp.checksum.status"), expected);
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

// The frames are what they are called, no checksum is bad, and the dissector finds what find_probe() does.
TEST(Tshark, DecodesEveryEncapsulationAndItsProbe) {
  if (!have_tshark()) GTEST_SKIP() << "tshark is not installed";
  const auto all = encapsulated_frames();
  std::vector<std::vector<std::byte>> frames;
  for (const auto& f : all) {
    frames.push_back(f.bytes);
    frames.push_back(f.bytes);
    frames.back().resize(f.bytes.size() + 46);  // padded
  }
  const auto lines = split(fields_of(frames,
                                     "frame.protocols hopcost.flow hopcost.sequence hopcost.tx_ns"
                                     " hopcost.since_tx hopcost.tx_time"
                                     " ip.checksum.status udp.checksum.status tcp.checksum.status"),
                           '\n');
  ASSERT_EQ(lines.size(), frames.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto columns = split(lines[i], '|');
    columns.resize(9);
    EXPECT_EQ(columns[0].find(all[i / 2].protocols), 0u) << all[i / 2].name << ": " << lines[i];
    EXPECT_EQ(fmt::format("{}", fmt::join(columns.begin() + 1, columns.begin() + 5, " ")),
              "4660 77 1800000000000000001 330")
        << all[i / 2].name;
    EXPECT_NE(columns[5].find("2027 08:00:00.000000001"), std::string::npos) << columns[5];
    for (std::size_t c = 6; c < 9; ++c) EXPECT_EQ(columns[c].find('0'), std::string::npos) << lines[i];
  }
}

TEST(Tshark, TheDissectorRefusesWhatTheFinderDoes) {
  if (!have_tshark()) GTEST_SKIP() << "tshark is not installed";
  using namespace encapsulate;
  auto more_follow = ethernet(0x0800, encapsulated::ip4());
  more_follow[20] = std::byte{0x20};
  auto late = encapsulated_frames().front().bytes;
  late[late.size() - 8] = std::byte{0x40};
  const std::vector<std::vector<std::byte>> frames = {
      ethernet(0x0800, ipv4(1, icmp(3, encapsulated::ip4()))),
      ethernet(0x86dd, ipv6(58, icmpv6(1, encapsulated::ip6()))), more_follow, late,
      encapsulated_frames().front().bytes};
  for (std::size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(find_probe(frames[i]).has_value(), i == 4) << i;
  EXPECT_EQ(fields_of(frames, "hopcost.flow"), "\n\n\n\n4660\n");
}

}  // namespace
}  // namespace hopcost
