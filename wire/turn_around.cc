#include "wire/turn_around.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "wire/checksum.h"
#include "wire/find_probe.h"
#include "wire/layout.h"
#include "wire/link_layers.h"

namespace hopcost {
namespace {

using namespace layout;

/// Offset of the UDP header in the IP packet at `c`; 0 when there is none. `end` is set to the packet's end.
std::size_t udp_in(std::span<const std::byte> f, LinkCursor c, std::size_t& end) noexcept {
  const std::byte* ip = f.data() + c.at;
  if (c.type == kTypeIpv4) {
    if (f.size() - c.at < kIpv4Bytes || ip[kIpv4Protocol] != std::byte{kProtocolUdp}) return 0;
    const auto fragment = load_be<std::uint16_t>(ip + kIpv4Fragment);
    if ((fragment & (kIpv4MoreFragments | kIpv4OffsetMask)) != 0) return 0;
    end = c.at + load_be<std::uint16_t>(ip + kIpv4TotalLength);
    return c.at + (static_cast<std::size_t>(ip[0]) & 0x0f) * 4;
  }
  if (c.type != kTypeIpv6 || f.size() - c.at < kIpv6Bytes || ip[kIpv6NextHeader] != std::byte{kProtocolUdp})
    return 0;
  end = c.at + kIpv6Bytes + load_be<std::uint16_t>(ip + kIpv6PayloadLength);
  return c.at + kIpv6Bytes;
}

/// Whether `mac` is a sender that can be answered.
bool is_unicast(const std::byte* mac, const MacAddress& own) noexcept {
  static constexpr std::array<std::byte, 6> kNone{};
  return (mac[0] & std::byte{1}) == std::byte{} && std::memcmp(mac, kNone.data(), kNone.size()) != 0 &&
         std::memcmp(mac, own.bytes.data(), own.bytes.size()) != 0;
}

void swap_bytes(std::byte* a, std::byte* b, std::size_t n) noexcept {
  std::swap_ranges(a, a + n, b);
}

}  // namespace

TurnVerdict look_at(std::span<const std::byte> f, const MacAddress& own, Turnable& where) noexcept {
  const auto found = find_probe(f);
  if (!found) return TurnVerdict::kForeign;
  if (found->probe.reflected) return TurnVerdict::kReflected;
  if (f.size() < kEthBytes || std::memcmp(f.data() + kEthDst, own.bytes.data(), own.bytes.size()) != 0)
    return TurnVerdict::kNotOurs;
  if (found->place != FoundProbe::Place::kPacketEnd || !is_unicast(f.data() + kEthSrc, own))
    return TurnVerdict::kMalformed;
  const LinkCursor ip = past_vlan_tags(f, {kEthBytes, load_be<std::uint16_t>(&f[kEthType])});
  std::size_t end = 0;
  const std::size_t udp = udp_in(f, ip, end);
  // find_probe() has checked that the packet ends within the frame, with the probe.
  if (udp == 0 || end != found->offset + kProbeBytes || udp + kUdpBytes > found->offset ||
      load_be<std::uint16_t>(&f[udp + kUdpLength]) != end - udp)
    return TurnVerdict::kMalformed;
  where = {.ip_at = static_cast<std::uint32_t>(ip.at),
           .udp_at = static_cast<std::uint32_t>(udp),
           .probe_at = static_cast<std::uint32_t>(found->offset),
           .v6 = ip.type == kTypeIpv6};
  return TurnVerdict::kTurn;
}

void swap_ends(std::byte* f, const Turnable& w) noexcept {
  swap_bytes(f + kEthDst, f + kEthSrc, kEthSrc - kEthDst);
  std::byte* ip = f + w.ip_at;
  if (w.v6) {
    swap_bytes(ip + kIpv6Src, ip + kIpv6Dst, kIpv6Dst - kIpv6Src);
  } else {
    swap_bytes(ip + kIpv4Src, ip + kIpv4Dst, kIpv4Dst - kIpv4Src);
  }
  swap_bytes(f + w.udp_at + kUdpSrcPort, f + w.udp_at + kUdpDstPort, kUdpDstPort - kUdpSrcPort);
}

void write_residence(std::byte* f, const Turnable& w, std::uint64_t residence_ns) noexcept {
  std::byte* const probe = f + w.probe_at;
  std::byte* const udp = f + w.udp_at;
  // All in native order, as ones_add() requires.
  std::uint16_t old_magic, checksum;
  std::uint64_t old_time;
  std::memcpy(&old_magic, probe, sizeof old_magic);
  std::memcpy(&old_time, probe + kProbeTimeOffset, sizeof old_time);
  std::memcpy(&checksum, udp + kUdpChecksum, sizeof checksum);
  const std::uint16_t magic = big_endian(kReflectedMagicVersion);
  const std::uint64_t time = big_endian(reflected_time_word(big_endian(old_time), residence_ns));
  std::memcpy(probe, &magic, sizeof magic);
  std::memcpy(probe + kProbeTimeOffset, &time, sizeof time);
  if (checksum == 0) return;
  const std::uint64_t out = ones_add(static_cast<std::uint16_t>(~old_magic), ~old_time);
  const std::uint64_t change = ones_add(out, ones_add(magic, time));
  const int rotation = (w.probe_at - w.udp_at) % 2 != 0 ? 8 : 0;
  checksum = udp_checksum_of(ones_add(static_cast<std::uint16_t>(~checksum), std::rotl(change, rotation)));
  std::memcpy(udp + kUdpChecksum, &checksum, sizeof checksum);
}

}  // namespace hopcost
