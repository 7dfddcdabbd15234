// Any file: the capture reader ends, says the same through any buffer, and what it gives before a fault is
// what the file cut at that fault gives.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/result.cc"  // one translation unit, all of it instrumented
#include "wire/byte_stream.cc"
#include "wire/pcap_reader.cc"

namespace {

using namespace hopcost;

void require(bool holds) {
  if (!holds) std::abort();
}

/// The bytes as a file with a path.
class File {
 public:
  File(const std::uint8_t* data, std::size_t size) : fd_(memfd_create("capture", MFD_CLOEXEC)) {
    require(::write(fd_.get(), data, size) == static_cast<ssize_t>(size));
  }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

 private:
  Fd fd_;
};

struct Packet {
  std::vector<std::byte> bytes;
  std::uint64_t ns = 0;
  std::uint32_t wire_bytes = 0, interface = 0;
  std::uint16_t link_type = 0;
  friend bool operator==(const Packet&, const Packet&) = default;
};

struct Contents {
  std::vector<Packet> packets;
  std::string fault;
  friend bool operator==(const Contents&, const Contents&) = default;
};

Contents read_on(PcapReader& reader) {
  Contents c;
  PcapPacket p;
  PcapReader::Next next;
  while ((next = reader.next(p)) == PcapReader::Next::kPacket)
    c.packets.push_back({{p.bytes.begin(), p.bytes.end()}, p.ns, p.wire_bytes, p.interface, p.link_type});
  require(reader.next(p) == next);
  if (next == PcapReader::Next::kError) c.fault = reader.error().what;
  for (const Packet& q : c.packets) require(reader.interface_name(q.interface).size() <= 256);
  return c;
}

Contents read_all(const std::string& path, std::size_t buffer) {
  auto reader = PcapReader::open(path, buffer);
  if (!reader) return {{}, reader.error().what};
  Contents c = read_on(*reader);
  if (reader->rewind()) require(read_on(*reader) == c);
  return c;
}

/// The number behind "byte ".
std::size_t offset_in(const std::string& fault) {
  const auto at = fault.find(": byte ");
  require(at != std::string::npos);
  return std::stoul(fault.substr(at + 7));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const File whole(data, size);
  const Contents c = read_all(whole.path(), 4096);
  require(read_all(whole.path(), 16) == c);
  if (c.fault.empty()) return 0;
  const std::size_t at = offset_in(c.fault);
  require(at <= size);
  const File readable(data, at);
  const Contents before = read_all(readable.path(), 64);
  require(before.packets == c.packets);
  require(before.fault.empty() || at < 24);  // with less there is no file header
  return 0;
}
