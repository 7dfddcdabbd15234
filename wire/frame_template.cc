#include "wire/frame_template.h"

#include <fmt/format.h>

#include <algorithm>

namespace hopcost {
namespace {

using namespace layout;

Result<void> check(const FrameSpec& s, std::uint32_t mtu) {
  if (s.src_ip.v6 != s.dst_ip.v6) {
    return error(Exit::kUsage, fmt::format("source {} and destination {} are of different address families",
                                           to_string(s.src_ip), to_string(s.dst_ip)));
  }
  const char* family = s.dst_ip.v6 ? "IPv6" : "IPv4";
  const std::uint32_t least = min_frame_size(s.dst_ip.v6);
  if (s.size < least) {
    return error(Exit::kUsage, fmt::format("a frame of {} bytes does not hold the probe", s.size),
                 fmt::format("the minimum over UDP/{} is {} bytes (with FCS)", family, least));
  }
  if (s.size > max_frame_size(mtu)) {
    return error(Exit::kUsage,
                 fmt::format("a frame of {} bytes is above the device's MTU of {}", s.size, mtu),
                 fmt::format("the most it lets through is {} bytes (with FCS)", max_frame_size(mtu)));
  }
  return {};
}

void put(std::byte* at, std::span<const std::byte> bytes) {
  std::copy(bytes.begin(), bytes.end(), at);
}

/// Writes the IPv4 header at `ip`; the packet has `length` bytes.
void write_ipv4(std::byte* ip, const FrameSpec& s, std::size_t length) {
  ip[0] = std::byte{0x45};
  store_be(ip + kIpv4TotalLength, static_cast<std::uint16_t>(length));
  store_be(ip + kIpv4Fragment, kIpv4DontFragment);  // atomic: the identification stays 0 (RFC 6864)
  ip[kIpv4Ttl] = std::byte{64};
  ip[kIpv4Protocol] = std::byte{kProtocolUdp};
  put(ip + kIpv4Src, s.src_ip.bytes());
  put(ip + kIpv4Dst, s.dst_ip.bytes());
  const std::uint16_t checksum = checksum_of(ones_sum({ip, kIpv4Bytes}));
  std::memcpy(ip + kIpv4Checksum, &checksum, sizeof checksum);
}

void write_ipv6(std::byte* ip, const FrameSpec& s, std::size_t length) {
  ip[0] = std::byte{0x60};
  store_be(ip + kIpv6PayloadLength, static_cast<std::uint16_t>(length - kIpv6Bytes));
  ip[kIpv6NextHeader] = std::byte{kProtocolUdp};
  ip[kIpv6HopLimit] = std::byte{64};
  put(ip + kIpv6Src, s.src_ip.bytes());
  put(ip + kIpv6Dst, s.dst_ip.bytes());
}

/// The pseudo header's sum: addresses, protocol and length (RFC 768, RFC 8200 section 8.1). Both families
/// have the same form.
std::uint64_t pseudo_header_sum(const FrameSpec& s, std::size_t udp_length) {
  std::byte rest[4] = {};
  store_be(rest, static_cast<std::uint16_t>(udp_length));
  rest[3] = std::byte{kProtocolUdp};
  return ones_add(ones_add(ones_sum(s.src_ip.bytes()), ones_sum(s.dst_ip.bytes())), ones_sum(rest));
}

}  // namespace

Result<FrameTemplate> FrameTemplate::make(const FrameSpec& s, std::uint32_t mtu) {
  if (auto ok = check(s, mtu); !ok) return forward(ok);
  const std::size_t total = frame_bytes(s.size);
  const std::size_t ip_bytes = s.dst_ip.v6 ? kIpv6Bytes : kIpv4Bytes;
  const std::size_t udp_at = kEthBytes + ip_bytes;
  const std::size_t probe_at = total - kProbeBytes;

  FrameTemplate t;
  t.bytes_.assign(total, std::byte{0});
  std::byte* f = t.bytes_.data();
  put(f + kEthDst, s.dst_mac.bytes);
  put(f + kEthSrc, s.src_mac.bytes);
  store_be(f + kEthType, s.dst_ip.v6 ? kTypeIpv6 : kTypeIpv4);
  s.dst_ip.v6 ? write_ipv6(f + kEthBytes, s, total - kEthBytes)
              : write_ipv4(f + kEthBytes, s, total - kEthBytes);
  store_be(f + udp_at + kUdpSrcPort, s.src_port);
  store_be(f + udp_at + kUdpDstPort, s.dst_port);
  store_be(f + udp_at + kUdpLength, static_cast<std::uint16_t>(total - udp_at));
  store_be(f + probe_at, kProbeMagicVersion);

  const std::span<const std::byte> udp = std::span(t.bytes_).subspan(udp_at);
  t.constant_sum_ = ones_add(pseudo_header_sum(s, udp.size()), ones_sum(udp));
  t.flow_word_ = std::uint64_t{s.flow} << 48;
  t.number_offset_ = static_cast<std::uint32_t>(probe_at + kProbeFlowOffset);
  t.checksum_offset_ = static_cast<std::uint32_t>(udp_at + kUdpChecksum);
  t.odd_rotation_ = (probe_at - udp_at) % 2 == 0 ? 0 : 8;
  t.stamp(f, 0, 0);
  return t;
}

bool FrameTemplate::renumbers(const FrameTemplate& other) const {
  if (other.bytes_.size() != bytes_.size()) return false;
  std::vector<std::byte> own = bytes_, others = other.bytes_;
  stamp(own.data(), 0, 0);
  stamp(others.data(), 0, 0);
  return own == others;
}

}  // namespace hopcost
