// The Wireshark dissector, in tshark, held against the finder.
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/wire/encapsulated_frames.h"
#include "tests/wire/tshark.h"
#include "wire/find_probe.h"

namespace hopcost {
namespace {

/// What tshark prints of these frames' fields with our dissector, '|' between fields; every frame 330 ns
/// after kCarried was sent.
std::string fields_of(const Frames& frames, const std::string& fields) {
  const ScratchFile file(".pcap");
  write_pcap(file.path(), frames, 1'800'000'000, 331);
  std::string command = "tshark -r " + file.path() + " -X lua_script:" + HOPCOST_DISSECTOR +
                        " -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE"
                        " -T fields -E separator='|' -E occurrence=a";
  std::stringstream words(fields);
  for (std::string field; words >> field;) command += " -e " + field;
  return output_of(command + " 2>/dev/null");
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

// The frames are what they are called, no checksum is bad, and the dissector finds what find_probe() does.
TEST(Dissector, DecodesEveryEncapsulationAndItsProbe) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
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

TEST(Dissector, ReflectedProbes) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  std::vector<std::vector<std::byte>> frames;
  for (const auto& f : encapsulated_frames()) {
    const auto found = find_probe(f.bytes).value();
    frames.push_back(f.bytes);
    Probe p = found.probe;
    p.reflected = true;
    p.residence_ns = 123'456'789;
    store_probe(std::span(frames.back()).subspan(found.offset).first<kProbeBytes>(), p);
  }
  const auto lines = split(fields_of(frames,
                                     "hopcost.flow hopcost.sequence hopcost.tx_ns hopcost.since_tx"
                                     " hopcost.reflected hopcost.residence_ns"),
                           '\n');
  ASSERT_EQ(lines.size(), frames.size());
  for (const auto& line : lines) EXPECT_EQ(line, "4660|77|1800000000000000001|330|1|123456789");
}

TEST(Dissector, RefusesWhatTheFinderDoes) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
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
