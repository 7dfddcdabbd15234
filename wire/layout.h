// Where the fields of Ethernet, IPv4, IPv6 and UDP headers are. Plain numbers, so that both the template and
// the parser say where they look. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hopcost::layout {

// Ethernet II (IEEE 802.3 clause 3.2) and its tags (IEEE 802.1Q clause 9).
inline constexpr std::size_t kEthDst = 0;
inline constexpr std::size_t kEthSrc = 6;
inline constexpr std::size_t kEthType = 12;
inline constexpr std::size_t kEthBytes = 14;
inline constexpr std::size_t kVlanBytes = 4;
inline constexpr std::uint16_t kTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kTypeIpv6 = 0x86dd;
inline constexpr std::uint16_t kTypeVlan = 0x8100;
inline constexpr std::uint16_t kTypeQinQ = 0x88a8;

// IPv4 (RFC 791 section 3.1).
inline constexpr std::size_t kIpv4TotalLength = 2;
inline constexpr std::size_t kIpv4Fragment = 6;  ///< 3 bits of flags, 13 of offset
inline constexpr std::size_t kIpv4Ttl = 8;
inline constexpr std::size_t kIpv4Protocol = 9;
inline constexpr std::size_t kIpv4Checksum = 10;
inline constexpr std::size_t kIpv4Src = 12;
inline constexpr std::size_t kIpv4Dst = 16;
inline constexpr std::size_t kIpv4Bytes = 20;  ///< without options
inline constexpr std::uint16_t kIpv4DontFragment = 0x4000;
inline constexpr std::uint16_t kIpv4FragmentMask =
    0x3fff;  ///< more-fragments and the offset: not 0 is a fragment

// IPv6 (RFC 8200 sections 3 and 4).
inline constexpr std::size_t kIpv6PayloadLength = 4;
inline constexpr std::size_t kIpv6NextHeader = 6;
inline constexpr std::size_t kIpv6HopLimit = 7;
inline constexpr std::size_t kIpv6Src = 8;
inline constexpr std::size_t kIpv6Dst = 24;
inline constexpr std::size_t kIpv6Bytes = 40;
inline constexpr std::uint8_t kNextHopByHop = 0;
inline constexpr std::uint8_t kNextRouting = 43;
inline constexpr std::uint8_t kNextDestination = 60;

// UDP (RFC 768).
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::size_t kUdpSrcPort = 0;
inline constexpr std::size_t kUdpDstPort = 2;
inline constexpr std::size_t kUdpLength = 4;
inline constexpr std::size_t kUdpChecksum = 6;
inline constexpr std::size_t kUdpBytes = 8;

}  // namespace hopcost::layout
