// Skips what may be between an Ethernet header and the packet: VLAN tags and MPLS labels. Reads hostile
// input: every access is bounds-checked. Header only. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/byte_order.h"
#include "wire/layout.h"

namespace hopcost {

/// An offset in the frame, and the Ethernet type of what begins there. Type 0: unknown.
struct LinkCursor {
  std::size_t at = 0;
  std::uint16_t type = 0;
};

/// The frame's byte `i`, which must be inside the frame.
[[nodiscard]] inline std::uint8_t byte_at(std::span<const std::byte> f, std::size_t i) noexcept {
  return static_cast<std::uint8_t>(f[i]);
}

/// Whether an Ethernet type stands for a VLAN tag.
[[nodiscard]] inline bool is_vlan(std::uint16_t type) noexcept {
  constexpr std::uint16_t kOldQinQ = 0x9100;  // used before 802.1ad, still found
  return type == layout::kTypeVlan || type == layout::kTypeQinQ || type == kOldQinQ;
}

/// Whether an Ethernet type stands for a stack of MPLS labels.
[[nodiscard]] inline bool is_mpls(std::uint16_t type) noexcept {
  return type == layout::kTypeMpls || type == layout::kTypeMplsUpstream;
}

/// Skips VLAN tags. Type 0 when there are more than four, or one is cut short.
[[nodiscard]] inline LinkCursor past_vlan_tags(std::span<const std::byte> f, LinkCursor c) noexcept {
  constexpr int kMaxVlanTags = 4;
  for (int tags = 0; is_vlan(c.type); ++tags) {
    if (tags == kMaxVlanTags || f.size() - c.at < layout::kVlanBytes) return {};
    c = {c.at + layout::kVlanBytes, load_be<std::uint16_t>(&f[c.at + 2])};
  }
  return c;
}

/// Skips MPLS labels. A label stack does not say what follows it, so the type is taken from the IP version
/// (RFC 3032 section 2.2, RFC 4928 section 2). Type 0 when there are more than eight labels, or one is cut
/// short.
[[nodiscard]] inline LinkCursor past_mpls_labels(std::span<const std::byte> f, LinkCursor c) noexcept {
  constexpr int kMaxMplsLabels = 8;
  for (int labels = 0; labels < kMaxMplsLabels; ++labels) {
    if (f.size() - c.at <= layout::kMplsBytes) return {};
    const bool bottom = (byte_at(f, c.at + layout::kMplsBottom) & 1) != 0;
    c.at += layout::kMplsBytes;
    if (!bottom) continue;
    const unsigned version = byte_at(f, c.at) >> 4;
    const std::uint16_t unknown = 0;
    return {c.at, version == 4 ? layout::kTypeIpv4 : version == 6 ? layout::kTypeIpv6 : unknown};
  }
  return {};
}

/// Goes from an Ethernet header at `at` to what it carries. Type 0 when the header is cut short.
[[nodiscard]] inline LinkCursor past_ethernet(std::span<const std::byte> f, std::size_t at) noexcept {
  if (f.size() < at || f.size() - at < layout::kEthBytes) return {};
  LinkCursor c{at + layout::kEthBytes, load_be<std::uint16_t>(&f[at + layout::kEthType])};
  if (is_vlan(c.type)) c = past_vlan_tags(f, c);
  if (is_mpls(c.type)) c = past_mpls_labels(f, c);
  return c;
}

}  // namespace hopcost
