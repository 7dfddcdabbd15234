// Any file, read by the capture reader and by libpcap: as far as both read it they give the same packets, and
// neither ends without a fault where the other goes on.
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

namespace {

using namespace hopcost;

void require(bool holds) {
  if (!holds) std::abort();
}

bool starts_with_word(const std::uint8_t* data, std::size_t size, std::uint32_t word) {
  std::uint32_t first = 0;
  if (size >= sizeof first) std::memcpy(&first, data, sizeof first);
  return first == word || first == __builtin_bswap32(word);
}

/// libpcap gives what a record holds. Ours leaves out an FCS, and what is beyond the length on the wire;
/// libpcap leaves out what is beyond the file's snapshot length. Both give the packet's begin.
void compare(const ReadPacket& ours, const ReadPacket& theirs, bool exact_times) {
  const std::size_t common = std::min(ours.bytes.size(), theirs.bytes.size());
  require(ours.bytes.compare(0, common, theirs.bytes, 0, common) == 0);
  require(ours.bytes.size() <= ours.wire_bytes);
  constexpr std::size_t kMostFcs = 31;  // if_fcslen is in bits, up to 255
  const std::size_t least = std::min<std::size_t>(theirs.bytes.size(), theirs.wire_bytes);
  if (theirs.wire_bytes != 0) {
    require(ours.bytes.size() + kMostFcs >= least);
    require(ours.wire_bytes <= theirs.wire_bytes && ours.wire_bytes + kMostFcs >= theirs.wire_bytes);
  }
  // libpcap takes seconds and fractions beyond 31 bits for negative ones, which are 2^32 of the unit less.
  if (exact_times) require(static_cast<std::uint32_t>(ours.ns) == static_cast<std::uint32_t>(theirs.ns));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // What libpcap alone reads: records with a longer header (Kuznetzov's), in which versions are not told
  // apart.
  if (starts_with_word(data, size, 0xa1b2cd34)) return 0;
  const Fd fd(memfd_create("capture", MFD_CLOEXEC));
  require(::write(fd.get(), data, size) == static_cast<ssize_t>(size));
  const std::string path = "/proc/self/fd/" + std::to_string(fd.get());
  const ReadFile ours = read_with_ours(path), theirs = read_with_libpcap(path);
  const bool blocks = starts_with_word(data, size, pcapng::kSection);
  for (std::size_t i = 0; i < std::min(ours.packets.size(), theirs.packets.size()); ++i)
    compare(ours.packets[i], theirs.packets[i], !blocks);
  if (ours.fault.empty()) require(ours.packets.size() >= theirs.packets.size());
  // Ours refuses some that libpcap lets pass: a block whose two lengths differ, for one.
  if (ours.fault.empty() && theirs.fault.empty()) require(ours.packets.size() == theirs.packets.size());
  return 0;
}
