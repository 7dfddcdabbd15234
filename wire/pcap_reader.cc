#include "wire/pcap_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/units.h"
#include "wire/pcapng_format.h"

namespace hopcost {
namespace {

constexpr std::uint32_t kMagicMicro = 0xa1b2c3d4, kMagicNano = 0xa1b23c4d;
constexpr std::size_t kFileHeader = 24, kRecordHeader = 16;
constexpr std::uint32_t kMostCaptured = 256 << 10;  // as libpcap's MAXIMUM_SNAPLEN

constexpr std::uint32_t kMostBlock = 16 << 20;
/// Ethernet's FCS, in whatever unit the file's writer counted it.
constexpr std::uint8_t kEthernetFcs = 4;
/// The longest description of a Linux device; longer names are cut off.
constexpr std::size_t kMostName = 256;
constexpr std::size_t kMostInterfaces = 1 << 16;

template <class T>
T native(const std::byte* at) noexcept {
  T v;
  std::memcpy(&v, at, sizeof v);
  return v;
}

std::uint64_t power_of_10(unsigned n) noexcept {
  std::uint64_t p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

/// value * 10^9 / 2^bits for a value below 2^bits, in two halves that fit 64 bits each.
std::uint64_t nanoseconds_of(std::uint64_t value, unsigned bits) noexcept {
  if (bits <= 34) return value * kNsPerSecond >> bits;
  const unsigned low_bits = bits - 34;
  const std::uint64_t high = (value >> low_bits) * kNsPerSecond;
  const std::uint64_t low = value & ((std::uint64_t{1} << low_bits) - 1);
  // high * 2^low_bits + low * 10^9, over 2^bits; low_bits is at most 29
  return (high + (low * kNsPerSecond >> low_bits)) >> 34;
}

/// Cuts a captured packet to its length on the wire, and removes its FCS. Some writers leave the length on
/// the wire at 0.
void trim(PcapPacket& p, unsigned fcs_bytes) noexcept {
  if (p.wire_bytes == 0) p.wire_bytes = static_cast<std::uint32_t>(p.bytes.size());
  p.wire_bytes -= std::min<std::uint32_t>(p.wire_bytes, fcs_bytes);
  p.bytes = p.bytes.first(std::min<std::size_t>(p.bytes.size(), p.wire_bytes));
}

}  // namespace

template <class T>
T PcapReader::load(const std::byte* at) const noexcept {
  T v = native<T>(at);
  if (!swapped_) return v;
  if constexpr (sizeof(T) == 2) v = __builtin_bswap16(v);
  if constexpr (sizeof(T) == 4) v = __builtin_bswap32(v);
  if constexpr (sizeof(T) == 8) v = __builtin_bswap64(v);
  return v;
}

Result<PcapReader> PcapReader::open(const std::string& path, std::size_t buffer) {
  auto stream = ByteStream::open(path, buffer);
  if (!stream) return forward(stream);
  return open(path, std::move(*stream));
}

Result<PcapReader> PcapReader::open(const std::string& path, ByteStream stream) {
  PcapReader reader(path, std::move(stream));
  if (!reader.begin()) return std::unexpected(reader.error());
  return reader;
}

PcapReader::Next PcapReader::fail(const char* why) noexcept {
  why_ = why;
  fault_at_ = stream_.offset();
  over_ = true;
  return Next::kError;
}

Error PcapReader::error() const {
  if (stream_.failed() != 0)
    return errno_error(stream_.failed(), fmt::format("read {} at byte {}", path_, fault_at_)).error();
  return {.what = fmt::format("{}: byte {}: {}", path_, fault_at_, why_ != nullptr ? why_ : "no fault"),
          .hint = {},
          .code = Exit::kUsage};
}

bool PcapReader::rewind() noexcept {
  if (!stream_.rewind()) return false;
  interfaces_.clear();
  first_interface_ = 0;
  pending_ = 0;
  over_ = false;
  return begin();
}

bool PcapReader::begin() noexcept {
  const std::byte* at = stream_.peek(4);
  if (at == nullptr) {
    fail("the file is empty or too short to be a capture");
    return false;
  }
  if (native<std::uint32_t>(at) == pcapng::kSection) return true;  // alike in both byte orders
  at = stream_.peek(kFileHeader);
  if (at != nullptr && read_classic_header(at)) return true;
  fail("this is neither pcapng nor pcap of versions 2.0 to 2.4");
  return false;
}

bool PcapReader::read_classic_header(const std::byte* at) noexcept {
  const auto magic = native<std::uint32_t>(at);
  swapped_ = magic != kMagicMicro && magic != kMagicNano;
  const auto order = load<std::uint32_t>(at);
  if (order != kMagicMicro && order != kMagicNano) return false;
  const auto major = load<std::uint16_t>(at + 4), minor = load<std::uint16_t>(at + 6);
  if (major != 2 || minor > 4) return false;
  lengths_swapped_ = minor < 3;
  lengths_may_be_swapped_ = minor == 3;
  classic_ = true;
  // In the link type's upper half, bit 26 says that the top four bits are the FCS's length in 16-bit words.
  constexpr std::uint32_t kFcsIsKnown = 1u << 26;
  const auto link = load<std::uint32_t>(at + 20);
  Interface i;
  i.link_type = static_cast<std::uint16_t>(link);
  if ((link & kFcsIsKnown) != 0 && link >> 28 != 0)
    i.fcs_bytes =
        i.link_type == kLinkTypeEthernet ? kEthernetFcs : static_cast<std::uint8_t>(2 * (link >> 28));
  i.scale = order == kMagicNano ? 1 : 1000;
  try {
    interfaces_.push_back(i);
  } catch (const std::bad_alloc&) {
    return false;
  }
  stream_.skip(kFileHeader);
  return true;
}

PcapReader::Next PcapReader::next(PcapPacket& out) noexcept {
  if (over_) return why_ != nullptr ? Next::kError : Next::kEnd;
  stream_.skip(std::exchange(pending_, 0));
  return classic_ ? next_record(out) : next_block(out);
}

PcapReader::Next PcapReader::next_record(PcapPacket& out) noexcept {
  const std::byte* at = stream_.peek(kRecordHeader);
  if (at == nullptr) {
    if (stream_.at_hand() > 0 || stream_.failed() != 0)
      return fail("the file ends in the middle of a packet's header");
    over_ = true;
    return Next::kEnd;
  }
  auto captured = load<std::uint32_t>(at + 8), wire_bytes = load<std::uint32_t>(at + 12);
  if (lengths_swapped_ || (lengths_may_be_swapped_ && captured > wire_bytes)) std::swap(captured, wire_bytes);
  if (captured > kMostCaptured) return fail("a packet of more than 256 KiB");
  at = stream_.peek(kRecordHeader + captured);
  if (at == nullptr) return fail("the file ends in the middle of a packet");
  const Interface& i = interfaces_.front();
  out = {.bytes = {at + kRecordHeader, captured},
         .wire_bytes = wire_bytes,
         .ns = load<std::uint32_t>(at) * kNsPerSecond + load<std::uint32_t>(at + 4) * i.scale,
         .interface = 0,
         .link_type = i.link_type};
  trim(out, i.fcs_bytes);
  pending_ = kRecordHeader + captured;
  return Next::kPacket;
}

PcapReader::Next PcapReader::next_block(PcapPacket& out) noexcept {
  for (;;) {
    const std::byte* at = stream_.peek(pcapng::kBlockFrame);
    if (at == nullptr) {
      if (stream_.at_hand() > 0 || stream_.failed() != 0)
        return fail("the file ends in the middle of a block's header");
      over_ = true;
      return Next::kEnd;
    }
    // The section header shows the byte order of its own length.
    const bool section = native<std::uint32_t>(at) == pcapng::kSection;
    if (section) swapped_ = native<std::uint32_t>(at + 8) != pcapng::kByteOrderMagic;
    if (section && load<std::uint32_t>(at + 8) != pcapng::kByteOrderMagic)
      return fail("a section without a byte-order magic");
    const auto type = load<std::uint32_t>(at);
    const auto length = load<std::uint32_t>(at + 4);
    if (length < pcapng::kBlockFrame || length % 4 != 0 || length > kMostBlock)
      return fail("a block's length is out of range");
    at = stream_.peek(length);
    if (at == nullptr) return fail("the file ends in the middle of a block");
    if (load<std::uint32_t>(at + length - 4) != length) return fail("a block's two lengths differ");
    const auto taken = take_block(type, {at + 8, length - pcapng::kBlockFrame}, out);
    if (taken == Next::kError) return *taken;
    if (taken) {
      pending_ = length;
      return *taken;
    }
    stream_.skip(length);
  }
}

std::optional<PcapReader::Next> PcapReader::take_block(std::uint32_t type, std::span<const std::byte> body,
                                                       PcapPacket& out) noexcept {
  switch (type) {
    case pcapng::kSection:
      if (!begin_section(body))
        return fail("a section header that is too short or of another version than 1.0 and 1.2");
      return std::nullopt;
    case pcapng::kInterface:
      if (!add_interface(body)) return fail("a bad interface description");
      return std::nullopt;
    case pcapng::kSimplePacket: {
      if (body.size() < 4) return fail("a packet block that is too short");
      const auto wire_bytes = load<std::uint32_t>(body.data());
      std::uint32_t captured = wire_bytes;
      if (first_interface_ < interfaces_.size() && interfaces_[first_interface_].snap != 0)
        captured = std::min(captured, interfaces_[first_interface_].snap);
      return take_packet({0, std::nullopt, captured, wire_bytes}, body.subspan(4), out);
    }
    case pcapng::kEnhancedPacket:
    case pcapng::kOldPacket: {
      if (body.size() < 20) return fail("a packet block that is too short");
      const std::byte* b = body.data();
      const std::uint32_t interface =
          type == pcapng::kOldPacket ? load<std::uint16_t>(b) : load<std::uint32_t>(b);
      const std::uint64_t ticks =
          std::uint64_t{load<std::uint32_t>(b + 4)} << 32 | load<std::uint32_t>(b + 8);
      return take_packet({interface, ticks, load<std::uint32_t>(b + 12), load<std::uint32_t>(b + 16)},
                         body.subspan(20), out);
    }
    default:  // names, statistics, secrets, ...
      return std::nullopt;
  }
}

bool PcapReader::begin_section(std::span<const std::byte> body) noexcept {
  if (body.size() < 16 || load<std::uint16_t>(&body[4]) != 1) return false;
  // 1.2 is 1.0 by another name (draft-ietf-opsawg-pcapng, section 4.1).
  if (const auto minor = load<std::uint16_t>(&body[6]); minor != 0 && minor != 2) return false;
  first_interface_ = static_cast<std::uint32_t>(interfaces_.size());
  return true;
}

bool PcapReader::add_interface(std::span<const std::byte> body) noexcept {
  if (body.size() < 8 || interfaces_.size() >= kMostInterfaces) return false;
  Interface i;
  i.link_type = load<std::uint16_t>(body.data());
  i.snap = load<std::uint32_t>(&body[4]);
  const bool whole = for_each_option(
      body.subspan(8),
      [&](std::uint16_t code, std::span<const std::byte> value) { take_option(i, code, value); });
  if (!whole) return false;
  const unsigned digits = i.resolution;
  if (digits < 0x80 && digits > 19) return false;
  if (digits >= 0x80 && (digits & 0x7f) > 63) return false;
  if (digits < 0x80) {
    i.scale = digits < 9 ? power_of_10(9 - digits) : 1;
    i.divide = digits > 9 ? power_of_10(digits - 9) : 1;
  }
  try {
    interfaces_.push_back(i);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

template <class F>
bool PcapReader::for_each_option(std::span<const std::byte> rest, F&& option) const noexcept {
  while (rest.size() >= 4) {
    const auto code = load<std::uint16_t>(rest.data());
    const std::size_t bytes = load<std::uint16_t>(&rest[2]), padded = (bytes + 3) / 4 * 4;
    if (code == pcapng::kOptionEnd) return true;
    if (4 + padded > rest.size()) return false;
    option(code, rest.subspan(4, bytes));
    rest = rest.subspan(4 + padded);
  }
  return true;
}

void PcapReader::take_option(Interface& i, std::uint16_t code, std::span<const std::byte> value) noexcept {
  if (code == pcapng::kOptionResolution && value.size() == 1)
    i.resolution = static_cast<std::uint8_t>(value[0]);
  if (code == pcapng::kOptionName)
    i.name.assign(reinterpret_cast<const char*>(value.data()), std::min(value.size(), kMostName));
  if (code == pcapng::kOptionOffset && value.size() == 8)
    i.offset_s = static_cast<std::int64_t>(load<std::uint64_t>(value.data()));
  // The draft has bits here; some files have bytes.
  if (code == pcapng::kOptionFcsBits && value.size() == 1 && value[0] != std::byte{0})
    i.fcs_bytes = i.link_type == kLinkTypeEthernet
                      ? kEthernetFcs
                      : static_cast<std::uint8_t>(static_cast<unsigned>(value[0]) / 8);
}

std::uint64_t PcapReader::ns_of(const Interface& i, std::uint64_t ticks) noexcept {
  std::uint64_t ns = ticks * i.scale / i.divide;
  if (i.resolution >= 0x80) {
    const unsigned bits = i.resolution & 0x7f;
    ns = (ticks >> bits) * kNsPerSecond + nanoseconds_of(ticks & ((std::uint64_t{1} << bits) - 1), bits);
  }
  return ns + static_cast<std::uint64_t>(i.offset_s) * kNsPerSecond;
}

unsigned PcapReader::fcs_of(const Interface& i, std::span<const std::byte> options) const noexcept {
  unsigned bytes = i.fcs_bytes;
  // Malformed options are no reason to drop a complete packet.
  (void)for_each_option(options, [&](std::uint16_t code, std::span<const std::byte> value) {
    if (code != pcapng::kOptionFlags || value.size() != 4) return;
    const unsigned said = load<std::uint32_t>(value.data()) >> 5 & 0xf;  // 0: not known
    if (said != 0) bytes = said;
  });
  return bytes;
}

PcapReader::Next PcapReader::take_packet(const Block& block, std::span<const std::byte> data,
                                         PcapPacket& out) noexcept {
  if (block.interface >= interfaces_.size() - first_interface_)
    return fail("a packet of an interface that was not described");
  if (block.captured > data.size() || block.captured > kMostCaptured)
    return fail("a packet that is longer than its block, or than 256 KiB");
  const Interface& i = interfaces_[first_interface_ + block.interface];
  out = {.bytes = data.first(block.captured),
         .wire_bytes = block.wire_bytes,
         .ns = block.ticks ? ns_of(i, *block.ticks) : 0,
         .interface = first_interface_ + block.interface,
         .link_type = i.link_type,
         .timed = block.ticks.has_value()};
  const std::size_t padded = (std::size_t{block.captured} + 3) / 4 * 4;
  const bool options = data.size() > padded && block.ticks.has_value();  // a simple packet has none
  trim(out, options ? fcs_of(i, data.subspan(padded)) : i.fcs_bytes);
  return Next::kPacket;
}

}  // namespace hopcost
