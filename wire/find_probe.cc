#include "wire/find_probe.h"

#include "wire/layout.h"

namespace hopcost {
namespace {

using namespace layout;

constexpr int kMaxVlanTags = 4;
constexpr int kMaxExtensions = 8;

/// A part of the frame with the type of what begins there.
struct Cursor {
  std::size_t at = 0;
  std::size_t end = 0;  // never above the frame's size
  std::uint16_t type = 0;
};

std::uint8_t byte_at(std::span<const std::byte> f, std::size_t i) noexcept {
  return static_cast<std::uint8_t>(f[i]);
}

bool is_vlan(std::uint16_t type) noexcept {
  return type == kTypeVlan || type == kTypeQinQ || type == 0x9100;  // 0x9100: QinQ before 802.1ad, still met
}

std::optional<Cursor> past_ethernet(std::span<const std::byte> f) noexcept {
  if (f.size() < kEthBytes) return std::nullopt;
  Cursor c{kEthBytes, f.size(), load_be<std::uint16_t>(&f[kEthType])};
  for (int tags = 0; is_vlan(c.type); ++tags) {
    if (tags == kMaxVlanTags || c.end - c.at < kVlanBytes) return std::nullopt;
    c.type = load_be<std::uint16_t>(&f[c.at + 2]);
    c.at += kVlanBytes;
  }
  return c;
}

/// After IPv4, `type` is the protocol and `end` the packet's.
std::optional<Cursor> past_ipv4(std::span<const std::byte> f, Cursor c) noexcept {
  if (c.end - c.at < kIpv4Bytes || byte_at(f, c.at) >> 4 != 4) return std::nullopt;
  const std::size_t header = (byte_at(f, c.at) & 0x0fu) * 4u;
  const std::size_t total = load_be<std::uint16_t>(&f[c.at + kIpv4TotalLength]);
  if (header < kIpv4Bytes || total < header || total > c.end - c.at) return std::nullopt;
  if ((load_be<std::uint16_t>(&f[c.at + kIpv4Fragment]) & kIpv4FragmentMask) != 0) return std::nullopt;
  return Cursor{c.at + header, c.at + total, byte_at(f, c.at + kIpv4Protocol)};
}

std::optional<Cursor> past_ipv6(std::span<const std::byte> f, Cursor c) noexcept {
  if (c.end - c.at < kIpv6Bytes || byte_at(f, c.at) >> 4 != 6) return std::nullopt;
  const std::size_t payload = load_be<std::uint16_t>(&f[c.at + kIpv6PayloadLength]);
  if (payload > c.end - c.at - kIpv6Bytes) return std::nullopt;
  Cursor next{c.at + kIpv6Bytes, c.at + kIpv6Bytes + payload, byte_at(f, c.at + kIpv6NextHeader)};
  for (int n = 0; next.type == kNextHopByHop || next.type == kNextRouting || next.type == kNextDestination;
       ++n) {
    if (n == kMaxExtensions || next.end - next.at < 8) return std::nullopt;
    const std::size_t bytes = (byte_at(f, next.at + 1) + 1u) * 8u;  // RFC 8200 section 4.3
    if (bytes > next.end - next.at) return std::nullopt;
    next.type = byte_at(f, next.at);
    next.at += bytes;
  }
  return next;
}

/// One past the datagram's last byte.
std::optional<std::size_t> datagram_end(std::span<const std::byte> f) noexcept {
  auto c = past_ethernet(f);
  if (!c) return std::nullopt;
  if (c->type == kTypeIpv4) {
    c = past_ipv4(f, *c);
  } else if (c->type == kTypeIpv6) {
    c = past_ipv6(f, *c);
  } else {
    return std::nullopt;
  }
  if (!c || c->type != kProtocolUdp || c->end - c->at < kUdpBytes) return std::nullopt;
  const std::size_t length = load_be<std::uint16_t>(&f[c->at + kUdpLength]);
  if (length < kUdpBytes + kProbeBytes || length > c->end - c->at) return std::nullopt;
  return c->at + length;
}

std::optional<FoundProbe> probe_ending_at(std::span<const std::byte> f, std::size_t end,
                                          FoundProbe::Place place) noexcept {
  const std::size_t offset = end - kProbeBytes;
  const auto probe = load_probe(f.subspan(offset).first<kProbeBytes>());
  if (!probe) return std::nullopt;
  return FoundProbe{*probe, offset, place};
}

}  // namespace

std::optional<FoundProbe> find_probe(std::span<const std::byte> frame) noexcept {
  if (frame.size() < kProbeBytes) return std::nullopt;
  if (const auto end = datagram_end(frame)) {
    if (auto found = probe_ending_at(frame, *end, FoundProbe::Place::kDatagramEnd)) return found;
  }
  return probe_ending_at(frame, frame.size(), FoundProbe::Place::kFrameTail);
}

}  // namespace hopcost
