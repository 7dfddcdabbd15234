// tshark and scapy as independent judges of whole frames.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/shell.h"
#include "wire/pcap_reader.h"

namespace hopcost {

using Frames = std::vector<std::vector<std::byte>>;

/// A file that is gone with this.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& ending)
      : path_(std::filesystem::temp_directory_path() /
              ("hopcost-" + std::to_string(getpid()) + "-" + std::to_string(count()++) + ending)) {}
  ~ScratchFile() { std::filesystem::remove(path_); }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  static int& count() {
    static int n = 0;
    return n;
  }
  std::filesystem::path path_;
};

template <class T>
void put_raw(std::ofstream& out, T v) {
  out.write(reinterpret_cast<const char*>(&v), sizeof v);
}

/// A classic pcap file (host order, nanoseconds, Ethernet), all frames at one time since 1970.
inline void write_pcap(const std::string& path, const Frames& frames, std::uint32_t s = 0,
                       std::uint32_t ns = 0) {
  std::ofstream out(path, std::ios::binary);
  put_raw<std::uint32_t>(out, 0xa1b23c4d);
  put_raw<std::uint32_t>(out, 0x00040002);
  for (const std::uint32_t word : {0u, 0u, 65535u, 1u}) put_raw(out, word);
  for (const auto& f : frames) {
    const auto bytes = static_cast<std::uint32_t>(f.size());
    for (const std::uint32_t word : {s, ns, bytes, bytes}) put_raw(out, word);
    out.write(reinterpret_cast<const char*>(f.data()), static_cast<std::streamsize>(f.size()));
  }
}

/// The packets of a capture file, as they were captured.
inline Frames frames_in(const std::string& path) {
  Frames frames;
  auto reader = PcapReader::open(path);
  PcapPacket p;
  while (reader && reader->next(p) == PcapReader::Next::kPacket)
    frames.emplace_back(p.bytes.begin(), p.bytes.end());
  return frames;
}

/// Whether a program is there, or, given with arguments, runs well.
inline bool have(const std::string& command) {
  const std::string test = command.find(' ') == std::string::npos ? "command -v " + command : command;
  return std::system((test + " >/dev/null 2>&1").c_str()) == 0;
}

/// Fields of a capture file's frames as tshark decodes them with all checksums verified: a line a frame,
/// commas between fields, '/' between several of one name. Checksum status: 1 good, 0 bad, 2 unverified
/// (epan/proto.h, PROTO_CHECKSUM_E_*).
inline std::string tshark_fields(const std::string& path, const std::vector<std::string>& fields) {
  std::string command = "tshark -r " + path +
                        " -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE"
                        " -o tcp.relative_sequence_numbers:FALSE"
                        " -T fields -E separator=, -E aggregator=+";
  for (const auto& f : fields) command += " -e " + f;
  std::string text = output_of(command + " 2>/dev/null");
  std::replace(text.begin(), text.end(), '+', '/');  // tshark takes no '/' there
  return text;
}

}  // namespace hopcost
