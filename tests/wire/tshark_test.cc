// tshark as an independent judge of whole frames.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/wire/frames.h"

namespace hopcost {
namespace {

template <class T>
void put(std::ofstream& out, T v) {
  out.write(reinterpret_cast<const char*>(&v), sizeof v);
}

/// A classic pcap file (host order, microseconds, Ethernet).
void write_pcap(const std::string& path, const std::vector<std::vector<std::byte>>& frames) {
  std::ofstream out(path, std::ios::binary);
  put<std::uint32_t>(out, 0xa1b2c3d4);
  put<std::uint32_t>(out, 0x00040002);
  for (const std::uint32_t word : {0u, 0u, 65535u, 1u}) put(out, word);
  for (const auto& f : frames) {
    for (const std::uint32_t word :
         {0u, 0u, static_cast<std::uint32_t>(f.size()), static_cast<std::uint32_t>(f.size())})
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

TEST(Tshark, AcceptsChecksums) {
  if (std::system("command -v tshark >/dev/null 2>&1") != 0) GTEST_SKIP() << "tshark is not installed";
  std::vector<std::vector<std::byte>> frames;
  for (const std::uint32_t size : {84u, 85u, 128u, 511u, 1518u}) {
    frames.push_back(
        stamped(*FrameTemplate::make(spec_v4(size), 1500), size, 1'800'000'000'000'000'000 + size));
    frames.push_back(
        stamped(*FrameTemplate::make(spec_v6(size), 1500), size, 1'800'000'000'000'000'000 + size));
  }
  const std::string path =
      std::filesystem::temp_directory_path() / ("hopcost-tshark-" + std::to_string(getpid()) + ".pcap");
  write_pcap(path, frames);
  // 1 is "good" (epan/proto.h PROTO_CHECKSUM_E_GOOD).
  const std::string out =
      output_of("tshark -r " + path +
                " -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields -E separator=,"
                " -e ip.checksum.status -e udp.checksum.status 2>/dev/null");
  std::filesystem::remove(path);
  std::string expected;
  for (std::size_t i = 0; i < frames.size() / 2; ++i) expected += "1,1\n,1\n";
  EXPECT_EQ(out, expected);
}

}  // namespace
}  // namespace hopcost
