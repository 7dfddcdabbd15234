#include "wire/packet_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "wire/link_layers.h"

namespace hopcost {
namespace {

using namespace layout;
using Bytes = std::span<const std::byte>;

constexpr int kMaxTunnels = 4;
constexpr int kMaxExtensions = 8;
constexpr std::size_t kPayloadHead = 64;
constexpr std::uint8_t kIpInIp = 4, kIpv6InIp = 41, kGreInIp = 47;

/// A hash that takes 64 bits at a time, with the step and the final mixing of MurmurHash3's 128-bit form.
class Hash {
 public:
  void add(std::uint64_t v) noexcept {
    v *= 0x87c37b91114253d5;
    v = v << 31 | v >> 33;
    v *= 0x4cf5ad432745937f;
    state_ ^= v;
    state_ = (state_ << 27 | state_ >> 37) * 5 + 0x52dce729;
  }
  void add(Bytes bytes) noexcept {
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
      std::uint64_t v;
      std::memcpy(&v, bytes.data(), sizeof v);
      add(v);
    }
    if (bytes.empty()) return;
    std::uint64_t v = 0;
    std::memcpy(&v, bytes.data(), bytes.size());
    add(v);
  }
  [[nodiscard]] std::uint64_t value() const noexcept {
    std::uint64_t h = state_;
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccd;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53;
    return h ^ h >> 33;
  }

 private:
  std::uint64_t state_ = 0x9e3779b97f4a7c15;
};

/// An IP packet in a frame. `payload` is inside the captured bytes, `end` inside the bytes on the wire.
struct Ip {
  std::size_t at = 0, payload = 0, end = 0;
  std::uint32_t id = 0;
  std::uint16_t fragment = 0;  // offset and more-fragments as in the header; 0: a whole packet
  std::uint8_t protocol = 0;
  bool v6 = false;
};

bool have(Bytes f, std::size_t at, std::size_t n) noexcept {
  return at <= f.size() && f.size() - at >= n;
}

/// Bytes in which a packet is looked for. `short_of`: it would have taken more of them to know.
struct Sought {
  Bytes bytes;
  bool short_of = false;
  bool have(std::size_t at, std::size_t n) noexcept {
    const bool there = hopcost::have(bytes, at, n);
    short_of = short_of || !there;
    return there;
  }
};

std::optional<Ip> parse_ipv4(Sought& s, std::size_t at, std::size_t end) noexcept {
  const Bytes f = s.bytes;
  if (!s.have(at, kIpv4Bytes) || byte_at(f, at) >> 4 != 4) return std::nullopt;
  const std::size_t header = (byte_at(f, at) & 0x0fu) * std::size_t{4};
  std::size_t total = load_be<std::uint16_t>(&f[at + kIpv4TotalLength]);
  if (total == 0) total = end - at;  // left to the device: segmentation offload of more than 64 KiB
  if (header < kIpv4Bytes || total < header || total > end - at || !s.have(at, header)) return std::nullopt;
  const std::uint16_t fragment = load_be<std::uint16_t>(&f[at + kIpv4Fragment]);
  return Ip{.at = at,
            .payload = at + header,
            .end = at + total,
            .id = load_be<std::uint16_t>(&f[at + kIpv4Id]),
            .fragment = static_cast<std::uint16_t>(fragment & (kIpv4MoreFragments | kIpv4OffsetMask)),
            .protocol = byte_at(f, at + kIpv4Protocol)};
}

/// Skips extension headers. Their first two bytes are the next header's number and their own length.
bool skip_extensions(Sought& s, Ip& ip) noexcept {
  const Bytes f = s.bytes;
  constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kDestination = 60;
  for (int n = 0; n < kMaxExtensions; ++n) {
    const bool fragment = ip.protocol == kNextFragment;
    if (!fragment && ip.protocol != kHopByHop && ip.protocol != kRouting && ip.protocol != kDestination)
      return true;
    if (!s.have(ip.payload, 8)) return false;
    if (fragment) {
      ip.fragment = load_be<std::uint16_t>(&f[ip.payload + 2]) & 0xfff9u;
      ip.id = load_be<std::uint32_t>(&f[ip.payload + 4]);
    }
    const std::size_t bytes = fragment ? 8 : (byte_at(f, ip.payload + 1) + std::size_t{1}) * 8;
    ip.protocol = byte_at(f, ip.payload);
    if (bytes > ip.end - ip.payload || !s.have(ip.payload, bytes)) return false;
    ip.payload += bytes;
    if (ip.fragment != 0) return true;
  }
  return false;
}

std::optional<Ip> parse_ipv6(Sought& s, std::size_t at, std::size_t end) noexcept {
  const Bytes f = s.bytes;
  if (!s.have(at, kIpv6Bytes) || end - at < kIpv6Bytes || byte_at(f, at) >> 4 != 6) return std::nullopt;
  const std::size_t next = at + kIpv6Bytes;
  std::size_t payload = load_be<std::uint16_t>(&f[at + kIpv6PayloadLength]);
  if (payload == 0) payload = end - next;  // a jumbogram, or left to the device
  if (payload > end - next) return std::nullopt;
  Ip ip{.at = at,
        .payload = next,
        .end = next + payload,
        .protocol = byte_at(f, at + kIpv6NextHeader),
        .v6 = true};
  if (!skip_extensions(s, ip)) return std::nullopt;
  return ip;
}

std::optional<Ip> parse_ip(Sought& s, LinkCursor c, std::size_t end) noexcept {
  if (c.at > end) return std::nullopt;
  if (c.type == kTypeIpv4) return parse_ipv4(s, c.at, end);
  if (c.type == kTypeIpv6) return parse_ipv6(s, c.at, end);
  return std::nullopt;
}

/// What an Ethernet frame in a tunnel carries.
LinkCursor inside_ethernet(Sought& s, std::size_t at) noexcept {
  const LinkCursor c = past_ethernet(s.bytes, at);
  s.short_of = s.short_of || c.type == 0;
  return c;
}

/// RFC 2784 and 2890; only version 0.
LinkCursor inside_gre(Sought& s, std::size_t at) noexcept {
  const Bytes f = s.bytes;
  constexpr std::uint16_t kChecksum = 0x8000, kKey = 0x2000, kSequence = 0x1000, kVersion = 7;
  if (!s.have(at, 4)) return {};
  const auto flags = load_be<std::uint16_t>(&f[at]);
  if ((flags & kVersion) != 0) return {};
  std::size_t bytes = 4;
  for (const std::uint16_t option : {kChecksum, kKey, kSequence}) bytes += (flags & option) != 0 ? 4 : 0;
  const auto type = load_be<std::uint16_t>(&f[at + 2]);
  return type == kTypeBridged ? inside_ethernet(s, at + bytes) : LinkCursor{at + bytes, type};
}

/// RFC 7348 and RFC 8926.
LinkCursor inside_udp(Sought& s, std::size_t at) noexcept {
  const Bytes f = s.bytes;
  constexpr std::size_t kTunnelBytes = 8;
  if (!s.have(at, kUdpBytes + kTunnelBytes)) return {};
  const auto port = load_be<std::uint16_t>(&f[at + kUdpDstPort]);
  const std::size_t tunnel = at + kUdpBytes;
  const std::uint8_t first = byte_at(f, tunnel);
  // There is a number, and no other protocol than Ethernet inside (0x04, of VXLAN-GPE). The other flags are
  // reserved, or of group policy.
  if ((port == kPortVxlan || port == kPortVxlanLinux) && (first & 0x0c) == 0x08)
    return inside_ethernet(s, tunnel + kTunnelBytes);
  if (port != kPortGeneve || first >> 6 != 0) return {};
  const std::size_t inner = tunnel + kTunnelBytes + (first & 0x3fu) * std::size_t{4};
  const auto type = load_be<std::uint16_t>(&f[tunnel + 2]);
  return type == kTypeBridged ? inside_ethernet(s, inner) : LinkCursor{inner, type};
}

/// What the packet carries if it is a tunnel's.
LinkCursor inside(Sought& s, const Ip& ip) noexcept {
  if (ip.fragment != 0) return {};
  switch (ip.protocol) {
    case kIpInIp:
      return {ip.payload, kTypeIpv4};
    case kIpv6InIp:
      return {ip.payload, kTypeIpv6};
    case kGreInIp:
      return inside_gre(s, ip.payload);
    case kProtocolUdp:
      return inside_udp(s, ip.payload);
    default:
      return {};
  }
}

/// Nothing where missing bytes could hold a packet inside the last one that was found: then it is not known
/// which packet identifies the frame.
std::optional<Ip> innermost(Bytes f, std::size_t wire_bytes) noexcept {
  Sought frame{f};
  auto ip = parse_ip(frame, past_ethernet(f, 0), wire_bytes);
  for (int n = 0; ip && n < kMaxTunnels; ++n) {
    Sought within{f.first(std::min(f.size(), ip->end))};
    const auto inner = parse_ip(within, inside(within, *ip), ip->end);
    if (!inner && within.short_of && f.size() < ip->end) return std::nullopt;
    if (!inner) break;
    ip = inner;
  }
  return ip;
}

/// What of IP's payload the number is made from: some fields of the header, and where the rest begins.
struct Fields {
  std::size_t from = 0, bytes = 0;
  std::size_t rest = 0;
  bool ports = false;
};

/// Nothing when the header is cut short.
std::optional<Fields> fields_of(Bytes f, const Ip& ip) noexcept {
  constexpr std::uint8_t kTcp = 6, kSctp = 132;
  const std::size_t at = ip.payload, there = ip.end - at;
  if (ip.fragment != 0) return Fields{.rest = at};
  if (ip.protocol == kTcp && there >= kTcpBytes) {
    if (!have(f, at, kTcpBytes)) return std::nullopt;
    const std::size_t header = (byte_at(f, at + kTcpOffset) >> 4) * std::size_t{4};
    if (header < kTcpBytes || header > there) return Fields{.rest = at};
    const bool syn = (byte_at(f, at + layout::kTcpFlags) & kTcpSyn) != 0;
    // From the sequence number to the window; then checksum and urgent pointer, then options.
    return Fields{at + kTcpSequence, 12, at + (syn ? header : kTcpBytes), true};
  }
  if (ip.protocol == kProtocolUdp && there >= kUdpBytes) return Fields{at, 0, at + kUdpBytes, true};
  if (ip.protocol == kSctp && there >= 12) return Fields{at + 4, 4, at + 12, true};
  const bool icmp = ip.protocol == (ip.v6 ? kProtocolIcmpv6 : kProtocolIcmp);
  // Type and code. NAT gives an echo another id, and its checksum with it.
  if (icmp && there >= 8) return Fields{at, 2, at + 6, false};
  return Fields{.rest = at};
}

IpAddress address_at(Bytes f, std::size_t at, bool v6) noexcept {
  IpAddress a;
  a.v6 = v6;
  std::memcpy(a.storage.data(), &f[at], v6 ? 16 : 4);
  return a;
}

FlowKey flow_of(Bytes f, const Ip& ip, bool ports) noexcept {
  FlowKey flow{address_at(f, ip.at + (ip.v6 ? kIpv6Src : kIpv4Src), ip.v6),
               address_at(f, ip.at + (ip.v6 ? kIpv6Dst : kIpv4Dst), ip.v6), 0, 0, ip.protocol};
  if (ports) {
    flow.source_port = load_be<std::uint16_t>(&f[ip.payload]);
    flow.destination_port = load_be<std::uint16_t>(&f[ip.payload + 2]);
  }
  return flow;
}

std::string end_text(const IpAddress& ip, std::uint16_t port) {
  std::string address = to_string(ip);
  if (port == 0) return address;
  return ip.v6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

std::string protocol_text(std::uint8_t protocol) {
  switch (protocol) {
    case 1:
      return "icmp";
    case 6:
      return "tcp";
    case 17:
      return "udp";
    case 58:
      return "icmp6";
    case 132:
      return "sctp";
    default:
      return fmt::format("proto {}", protocol);
  }
}

}  // namespace

std::string to_string(const FlowKey& flow) {
  return fmt::format("{} > {} {}", end_text(flow.source, flow.source_port),
                     end_text(flow.destination, flow.destination_port), protocol_text(flow.protocol));
}

std::optional<PacketIdentity> identify_packet(Bytes f, std::size_t wire_bytes, IdentityOf of) noexcept {
  const auto ip = innermost(f, std::max(wire_bytes, f.size()));
  if (!ip) return std::nullopt;
  const auto fields = fields_of(f, *ip);
  if (!fields) return std::nullopt;
  // Counts the packet's bytes, not the captured ones; else taps that cut differently would see different
  // packets.
  const std::size_t head = std::min(ip->end, fields->rest + kPayloadHead) - fields->rest;
  if (!have(f, ip->payload, fields->rest - ip->payload) || !have(f, fields->rest, head)) return std::nullopt;
  PacketIdentity identity{.flow = flow_of(f, *ip, fields->ports),
                          .number = 0,
                          .bytes = static_cast<std::uint32_t>(ip->end - ip->at)};
  Hash hash;
  hash.add(std::uint64_t{ip->id} << 32 | std::uint64_t{ip->fragment} << 16 | ip->protocol << 8 | ip->v6);
  hash.add(std::uint64_t{ip->end - ip->payload} << 32 | (fields->rest - ip->payload));
  if (of == IdentityOf::kFiveTuple) {
    hash.add(identity.flow.source.bytes());
    hash.add(identity.flow.destination.bytes());
    hash.add(std::uint64_t{identity.flow.source_port} << 16 | identity.flow.destination_port);
  }
  hash.add(f.subspan(fields->from, fields->bytes));
  hash.add(f.subspan(fields->rest, head));
  identity.number = hash.value();
  return identity;
}

}  // namespace hopcost
