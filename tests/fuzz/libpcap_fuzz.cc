// Any file, read by the capture reader and by libpcap: as far as both read it they give the same packets, and
// neither ends without a fault where the other goes on. What was read is then written by each and read by
// both.
#include <pcap/pcap.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/result.cc"  // one translation unit, all of it instrumented
#include "tests/wire/libpcap_oracle.h"
#include "wire/byte_stream.cc"
#include "wire/pcap_reader.cc"
#include "wire/pcapng_writer.cc"

namespace {

using namespace hopcost;

void require(bool holds) {
  if (!holds) std::abort();
}

/// A file in memory that has a path.
class MemoryFile {
 public:
  MemoryFile()
      : fd_(memfd_create("capture", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_.get())) {}
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Fd fd_;
  std::string path_;
};

bool starts_with_word(const std::uint8_t* data, std::size_t size, std::uint32_t word) {
  std::uint32_t first = 0;
  if (size >= sizeof first) std::memcpy(&first, data, sizeof first);
  return first == word || first == __builtin_bswap32(word);
}

enum class Times {
  kNone,     ///< Not compared.
  kLowWord,  ///< libpcap takes seconds and fractions beyond 31 bits for negative ones, 2^32 of the unit less.
  kExact,
};

/// How the times of a file may be compared. libpcap's arithmetic overflows where a unit is below 2^-34 s.
Times times_of(const std::uint8_t* data, std::size_t size) {
  if (!starts_with_word(data, size, pcapng::kSection)) return Times::kLowWord;
  for (std::size_t i = 0; i + 4 < size; ++i) {
    const bool resolution =
        std::memcmp(data + i, "\x09\0\x01", 4) == 0 || std::memcmp(data + i, "\0\x09\0\x01", 4) == 0;
    if (resolution && data[i + 4] > (0x80 | 34)) return Times::kNone;
  }
  return Times::kExact;
}

/// Whether libpcap's number of a link type (DLT_) is the file's (LINKTYPE_).
bool same_number(int link_type) {
  return (link_type < 100 || link_type > 103) && link_type != 106 && link_type != 246 && link_type != 258;
}

/// libpcap gives what a record holds. Ours leaves out an FCS, and what is beyond the length on the wire;
/// libpcap leaves out what is beyond the file's snapshot length. Both give the packet's begin.
void compare(const ReadPacket& ours, const ReadPacket& theirs, Times times) {
  const std::size_t common = std::min(ours.bytes.size(), theirs.bytes.size());
  require(ours.bytes.compare(0, common, theirs.bytes, 0, common) == 0);
  require(ours.bytes.size() <= ours.wire_bytes);
  constexpr std::size_t kMostFcs = 31;  // if_fcslen is in bits, up to 255
  const std::size_t least = std::min<std::size_t>(theirs.bytes.size(), theirs.wire_bytes);
  if (theirs.wire_bytes != 0) {
    require(ours.bytes.size() + kMostFcs >= least);
    require(ours.wire_bytes <= theirs.wire_bytes && ours.wire_bytes + kMostFcs >= theirs.wire_bytes);
  }
  // libpcap gives a packet without a time its interface's offset.
  if (times == Times::kExact) require(ours.ns == theirs.ns || ours.ns == 0);
  if (times == Times::kLowWord)
    require(static_cast<std::uint32_t>(ours.ns) == static_cast<std::uint32_t>(theirs.ns));
}

/// Both readers give a file's packets as they were written.
void require_both_read(const std::string& path, const std::vector<ReadPacket>& packets) {
  for (const ReadFile& file : {read_with_ours(path), read_with_libpcap(path)})
    require(file.fault.empty() && file.packets == packets);
}

void write_with_ours(const std::string& path, const std::vector<ReadPacket>& packets) {
  auto writer = PcapngWriter::create(path, "fuzz").value();
  writer.add_interface("first");
  writer.add_interface("second");
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const ReadPacket& p = packets[i];
    writer.write(i % 2, std::as_bytes(std::span(p.bytes)), p.ns, p.wire_bytes, p.bytes.substr(0, i % 7));
  }
  writer.write_statistics(0, {.received = packets.size()}, 1, "statistics");
  require(writer.written() == packets.size() && writer.flush().has_value());
}

/// What each writes both read.
void compare_writers(std::vector<ReadPacket> packets) {
  // Neither has negative times. A length on the wire of 0 is one that is not known; libpcap reads what it
  // says.
  for (ReadPacket& p : packets) {
    p.ns = std::min<std::uint64_t>(p.ns, std::uint64_t{0x7fffffff} * 1'000'000'000);
    p.wire_bytes = std::max(p.wire_bytes, 1u);
  }
  const MemoryFile ours, theirs;
  write_with_ours(ours.path(), packets);
  require_both_read(ours.path(), packets);
  write_with_libpcap(theirs.path(), DLT_EN10MB, true, packets);
  require_both_read(theirs.path(), packets);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // What libpcap alone reads: records with a longer header (Kuznetzov's), in which versions are not told
  // apart.
  if (starts_with_word(data, size, 0xa1b2cd34)) return 0;
  const MemoryFile file;
  const std::string& path = file.path();
  require(::write(file.fd(), data, size) == static_cast<ssize_t>(size));
  const ReadFile ours = read_with_ours(path), theirs = read_with_libpcap(path);
  const Times times = times_of(data, size);
  for (std::size_t i = 0; i < std::min(ours.packets.size(), theirs.packets.size()); ++i)
    compare(ours.packets[i], theirs.packets[i], times);
  if (!ours.packets.empty() && !theirs.packets.empty() && same_number(ours.link_type))
    require(ours.link_type == (theirs.link_type & 0xffff));  // what libpcap has above is reserved
  if (ours.fault.empty()) require(ours.packets.size() >= theirs.packets.size());
  // Ours refuses some that libpcap lets pass: a block whose two lengths differ, for one.
  if (ours.fault.empty() && theirs.fault.empty()) require(ours.packets.size() == theirs.packets.size());
  compare_writers(ours.packets);
  return 0;
}
