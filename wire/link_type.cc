#include "wire/link_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "wire/libpcap.h"
#include "wire/link_layers.h"

namespace hopcost {
namespace {

using Bytes = std::span<const std::byte>;

enum : std::uint16_t {
  kLinkNull = 0,
  kLinkRawBsd = 12,  // DLT_RAW of most systems; found in files though LINKTYPE_RAW is 101
  kLinkRaw = 101,
  kLinkLoop = 108,
  kLinkLinuxSll = 113,
  kLinkIpv4 = 228,
  kLinkIpv6 = 229,
  kLinkLinuxSll2 = 276,
};

constexpr std::array<std::uint16_t, 9> kReadLinkTypes = {kLinkTypeEthernet, kLinkNull, kLinkRawBsd,
                                                         kLinkRaw,          kLinkLoop, kLinkLinuxSll,
                                                         kLinkIpv4,         kLinkIpv6, kLinkLinuxSll2};
/// Their names in libpcap, in the same order.
constexpr std::array<const char*, 9> kReadLinkNames = {"EN10MB",    "NULL", "RAW",  "RAW",       "LOOP",
                                                       "LINUX_SLL", "IPV4", "IPV6", "LINUX_SLL2"};

/// What a link-layer header says of its packet. `type` 0: not an Ethernet type.
struct LinkHeader {
  std::size_t bytes = 0;
  std::uint16_t type = 0;
  MacAddress source = {};
};

std::uint16_t type_of_version(Bytes p, std::size_t at) noexcept {
  if (p.size() <= at) return 0;
  const unsigned version = byte_at(p, at) >> 4;
  if (version == 4) return layout::kTypeIpv4;
  return version == 6 ? layout::kTypeIpv6 : std::uint16_t{0};
}

/// The header is an address family in the capturing host's byte order, which may be either. IPv6 has
/// different numbers in Linux, NetBSD and OpenBSD, FreeBSD, Darwin.
LinkHeader bsd_loopback(Bytes p) noexcept {
  constexpr std::array<std::uint32_t, 4> kInet6 = {10, 24, 28, 30};
  LinkHeader h{.bytes = 4};
  if (p.size() < h.bytes) return h;
  const auto family = load_be<std::uint32_t>(p.data());
  const std::uint32_t small = std::min(family, __builtin_bswap32(family));
  if (small == 2) h.type = layout::kTypeIpv4;
  if (std::ranges::find(kInet6, small) != kInet6.end()) h.type = layout::kTypeIpv6;
  return h;
}

/// The Ethernet type of a cooked packet, or 0. `hardware` is an ARPHRD_ number. Netlink's packets have a
/// family in place of the type; values below 0x600 stand for 802.3 and other frames.
std::uint16_t cooked_type(std::uint16_t hardware, std::uint16_t protocol) noexcept {
  constexpr std::uint16_t kNetlink = 824, kLeastType = 0x600;
  return hardware == kNetlink || protocol < kLeastType ? std::uint16_t{0} : protocol;
}

MacAddress cooked_source(Bytes p, std::size_t length, std::size_t at) noexcept {
  MacAddress mac;
  if (length == mac.bytes.size()) std::memcpy(mac.bytes.data(), &p[at], mac.bytes.size());
  return mac;
}

LinkHeader cooked(Bytes p) noexcept {
  LinkHeader h{.bytes = 16};
  if (p.size() < h.bytes) return h;
  h.type = cooked_type(load_be<std::uint16_t>(&p[2]), load_be<std::uint16_t>(&p[14]));
  h.source = cooked_source(p, load_be<std::uint16_t>(&p[4]), 6);
  return h;
}

LinkHeader cooked_v2(Bytes p) noexcept {
  LinkHeader h{.bytes = 20};
  if (p.size() < h.bytes) return h;
  h.type = cooked_type(load_be<std::uint16_t>(&p[8]), load_be<std::uint16_t>(&p[0]));
  h.source = cooked_source(p, byte_at(p, 11), 12);
  return h;
}

std::optional<LinkHeader> read_header(std::uint16_t link_type, Bytes p) noexcept {
  switch (link_type) {
    case kLinkNull:
    case kLinkLoop:
      return bsd_loopback(p);
    case kLinkRawBsd:
    case kLinkRaw:
      return LinkHeader{.type = type_of_version(p, 0)};
    case kLinkIpv4:
      return LinkHeader{.type = layout::kTypeIpv4};
    case kLinkIpv6:
      return LinkHeader{.type = layout::kTypeIpv6};
    case kLinkLinuxSll:
      return cooked(p);
    case kLinkLinuxSll2:
      return cooked_v2(p);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::span<const std::uint16_t> read_link_types() noexcept {
  return kReadLinkTypes;
}

std::string link_type_text(std::uint16_t link_type) {
  const auto* at = std::ranges::find(kReadLinkTypes, link_type);
  const auto name =
      at != kReadLinkTypes.end()
          ? std::optional<std::string>(kReadLinkNames[static_cast<std::size_t>(at - kReadLinkTypes.begin())])
          : libpcap::link_type_name(link_type);
  return name ? fmt::format("{} ({})", *name, link_type) : std::to_string(link_type);
}

std::optional<EthernetFrame> EthernetFrames::of(const PcapPacket& packet) noexcept {
  if (packet.link_type == kLinkTypeEthernet) return EthernetFrame{packet.bytes, packet.wire_bytes};
  const auto header = read_header(packet.link_type, packet.bytes);
  if (!header) return std::nullopt;
  constexpr auto kMade = static_cast<std::uint32_t>(layout::kEthBytes);
  const auto skipped = static_cast<std::uint32_t>(std::min<std::size_t>(header->bytes, packet.wire_bytes));
  EthernetFrame frame{{}, packet.wire_bytes - skipped + kMade};
  if (header->type == 0) return frame;
  const Bytes inside = packet.bytes.subspan(header->bytes);
  try {
    if (buffer_.size() < kMade + inside.size()) buffer_.resize(kMade + inside.size());
  } catch (const std::bad_alloc&) {
    return frame;
  }
  const MacAddress& source = source_.is_zero() ? header->source : source_;
  std::memcpy(&buffer_[layout::kEthDst], destination_.bytes.data(), destination_.bytes.size());
  std::memcpy(&buffer_[layout::kEthSrc], source.bytes.data(), source.bytes.size());
  store_be(&buffer_[layout::kEthType], header->type);
  if (!inside.empty()) std::memcpy(&buffer_[kMade], inside.data(), inside.size());
  frame.bytes = Bytes(buffer_).first(kMade + inside.size());
  return frame;
}

bool carries_ip(const EthernetFrame& frame) noexcept {
  const std::uint16_t type = past_ethernet(frame.bytes, 0).type;
  return type == layout::kTypeIpv4 || type == layout::kTypeIpv6;
}

}  // namespace hopcost
