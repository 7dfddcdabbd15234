#include "wire/find_probe.h"

#include "wire/link_layers.h"

namespace hopcost {
namespace {

using namespace layout;

/// Where the bytes that may hold the probe end.
struct End {
  std::size_t at = 0;  // one past the last byte, at most the frame's size; 0: there can be no probe
  FoundProbe::Place place = FoundProbe::Place::kPacketEnd;
};
constexpr End kNone{};

/// An ICMP error quotes another packet and may end with that one's probe (RFC 792). `at` is IP's payload.
bool is_icmp_error(std::span<const std::byte> f, std::size_t at) noexcept {
  return byte_at(f, at) != kIcmpEcho && byte_at(f, at) != kIcmpEchoReply;
}

End end_of_frame(std::span<const std::byte> f) noexcept {
  return {f.size(), FoundProbe::Place::kFrameTail};
}

End end_of_ipv4(std::span<const std::byte> f, std::size_t at) noexcept {
  if (f.size() - at < kIpv4Bytes || byte_at(f, at) >> 4 != 4) return end_of_frame(f);
  const std::size_t total = load_be<std::uint16_t>(&f[at + kIpv4TotalLength]);
  if (total == 0) return end_of_frame(f);  // left to the device: segmentation offload of more than 64 KiB
  const std::size_t header = (byte_at(f, at) & 0x0fu) * 4u;
  if (header < kIpv4Bytes || total < header + kProbeBytes || total > f.size() - at) return kNone;
  const std::uint16_t fragment = load_be<std::uint16_t>(&f[at + kIpv4Fragment]);
  if ((fragment & kIpv4MoreFragments) != 0) return kNone;
  const bool first = (fragment & kIpv4OffsetMask) == 0;
  if (byte_at(f, at + kIpv4Protocol) == kProtocolIcmp && first && is_icmp_error(f, at + header)) return kNone;
  return {at + total, FoundProbe::Place::kPacketEnd};
}

/// The payload's length includes extension headers, so only a fragment header has to be read (RFC 8200
/// section 4.5).
End end_of_ipv6(std::span<const std::byte> f, std::size_t at) noexcept {
  if (f.size() - at < kIpv6Bytes || byte_at(f, at) >> 4 != 6) return end_of_frame(f);
  const std::size_t payload = load_be<std::uint16_t>(&f[at + kIpv6PayloadLength]);
  if (payload == 0) return end_of_frame(f);  // a jumbogram (RFC 2675 section 3)
  if (payload < kProbeBytes || payload > f.size() - at - kIpv6Bytes) return kNone;
  const std::size_t next = at + kIpv6Bytes;
  const std::uint8_t protocol = byte_at(f, at + kIpv6NextHeader);
  if (protocol == kNextFragment && (byte_at(f, next + kIpv6FragmentFlags) & 1) != 0) return kNone;
  if (protocol == kProtocolIcmpv6 && byte_at(f, next) < kIcmpv6Informational) return kNone;
  return {next + payload, FoundProbe::Place::kPacketEnd};
}

End end_of_packet(std::span<const std::byte> f) noexcept {
  const LinkCursor c = past_ethernet(f, 0);
  if (c.type == kTypeIpv4) return end_of_ipv4(f, c.at);
  if (c.type == kTypeIpv6) return end_of_ipv6(f, c.at);
  return end_of_frame(f);
}

}  // namespace

std::optional<FoundProbe> find_probe(std::span<const std::byte> frame) noexcept {
  const End end = end_of_packet(frame);
  if (end.at < kProbeBytes) return std::nullopt;
  const std::size_t offset = end.at - kProbeBytes;
  const auto probe = load_probe(frame.subspan(offset).first<kProbeBytes>());
  if (!probe || !is_plausible(*probe)) return std::nullopt;
  return FoundProbe{*probe, offset, end.place};
}

}  // namespace hopcost
