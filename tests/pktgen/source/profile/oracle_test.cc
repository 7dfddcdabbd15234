// Frames of the shipped profiles before independent judges.
#include <gtest/gtest.h>

#include "tests/pktgen/source/profile/make.h"

namespace hopcost::pktgen {
namespace {

Frames shipped_frames(std::size_t each) {
  Frames all;
  for (const auto& name : shipped_profiles()) {
    if (name == "router-sweep") continue;  // has wrong checksums on purpose
    auto source = source_of(name).value();
    const auto frames = frames_of(source, each);
    all.insert(all.end(), frames.begin(), frames.end());
  }
  return all;
}

TEST(Oracle, TsharkFindsNoWrongChecksumInShippedProfiles) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  const ScratchFile file(".pcap");
  const auto frames = shipped_frames(100);
  write_pcap(file.path(), frames);
  const std::string out = tshark_fields(
      file.path(), {"ip.checksum.status", "udp.checksum.status", "tcp.checksum.status", "_ws.malformed"});
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), static_cast<long>(frames.size()));
  EXPECT_EQ(out.find('0'), std::string::npos) << out;
  EXPECT_EQ(out.find("alformed"), std::string::npos);
}

TEST(Oracle, ScapyEncodesTheSameFrames) {
  if (!have("/usr/bin/python3 -c 'import scapy.all'")) GTEST_SKIP() << "scapy is not installed";
  const ScratchFile file(".pcap");
  const auto frames = shipped_frames(40);
  write_pcap(file.path(), frames);
  EXPECT_EQ(output_of("/usr/bin/python3 " + std::string(std::getenv("HOPCOST_SCAPY_ORACLE")) + " " +
                      file.path() + " 2>/dev/null"),
            std::to_string(frames.size()) + " frames\n");
}

TEST(Oracle, RouterSweepIsWrongWhereItSaysSo) {
  if (!have("tshark")) GTEST_SKIP() << "tshark is not installed";
  auto source = source_of("router-sweep").value();
  const ScratchFile file(".pcap");
  write_pcap(file.path(), frames_of(source, 100));
  const std::string out =
      tshark_fields(file.path(), {"ip.checksum.status", "ip.ttl", "arp.opcode", "icmp.type"});
  const auto lines = [&](const std::string& line) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = ("\n" + out).find("\n" + line + "\n", at)) != std::string::npos; ++at) ++n;
    return n;
  };
  EXPECT_EQ(lines("0,64,,"), 2u);
  EXPECT_EQ(lines("1,1,,"), 4u);
  EXPECT_EQ(lines(",,1,"), 1u);
  EXPECT_EQ(lines("1,64,,8"), 3u);
  EXPECT_EQ(lines("1,64,,"), 45u);
}

}  // namespace
}  // namespace hopcost::pktgen
