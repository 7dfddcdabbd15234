// Where the fields of Ethernet, IPv4, IPv6 and UDP headers are. Plain numbers, shared by whatever writes and
// parses frames. Includes nothing of ours.
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
inline constexpr std::uint16_t kTypeBridged = 0x6558;  ///< an Ethernet frame in GRE or Geneve (RFC 1701)

// An MPLS label stack entry (RFC 3032 section 2.1).
inline constexpr std::size_t kMplsBytes = 4;
inline constexpr std::size_t kMplsBottom = 2;  ///< its lowest bit
inline constexpr std::uint16_t kTypeMpls = 0x8847;
inline constexpr std::uint16_t kTypeMplsUpstream = 0x8848;  ///< labels given by the sender (RFC 5332)

// IPv4 (RFC 791 section 3.1).
inline constexpr std::size_t kIpv4TotalLength = 2;
inline constexpr std::size_t kIpv4Id = 4;
inline constexpr std::size_t kIpv4Fragment = 6;  ///< 3 bits of flags, 13 of offset
inline constexpr std::size_t kIpv4Ttl = 8;
inline constexpr std::size_t kIpv4Protocol = 9;
inline constexpr std::size_t kIpv4Checksum = 10;
inline constexpr std::size_t kIpv4Src = 12;
inline constexpr std::size_t kIpv4Dst = 16;
inline constexpr std::size_t kIpv4Bytes = 20;  ///< without options
inline constexpr std::uint16_t kIpv4DontFragment = 0x4000;
inline constexpr std::uint16_t kIpv4MoreFragments = 0x2000;
inline constexpr std::uint16_t kIpv4OffsetMask = 0x1fff;

// IPv6 (RFC 8200 sections 3 and 4).
inline constexpr std::size_t kIpv6PayloadLength = 4;
inline constexpr std::size_t kIpv6NextHeader = 6;
inline constexpr std::size_t kIpv6HopLimit = 7;
inline constexpr std::size_t kIpv6Src = 8;
inline constexpr std::size_t kIpv6Dst = 24;
inline constexpr std::size_t kIpv6Bytes = 40;
inline constexpr std::uint8_t kNextFragment = 44;
inline constexpr std::size_t kIpv6FragmentFlags = 3;  ///< in that header; lowest bit: more follow

// UDP (RFC 768).
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::size_t kUdpSrcPort = 0;
inline constexpr std::size_t kUdpDstPort = 2;
inline constexpr std::size_t kUdpLength = 4;
inline constexpr std::size_t kUdpChecksum = 6;
inline constexpr std::size_t kUdpBytes = 8;
inline constexpr std::uint16_t kPortVxlan = 4789;       ///< RFC 7348
inline constexpr std::uint16_t kPortVxlanLinux = 8472;  ///< Linux's default
inline constexpr std::uint16_t kPortGeneve = 6081;      ///< RFC 8926

// TCP (RFC 9293 section 3.1).
inline constexpr std::size_t kTcpSequence = 4;
inline constexpr std::size_t kTcpOffset = 12;  ///< in 32-bit words, the upper half of the byte
inline constexpr std::size_t kTcpFlags = 13;
inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::size_t kTcpBytes = 20;  ///< without options

// ICMP types (RFC 792, RFC 4443 section 2.1).
inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kIcmpEchoReply = 0;
inline constexpr std::uint8_t kIcmpEcho = 8;
inline constexpr std::uint8_t kProtocolIcmpv6 = 58;
inline constexpr std::uint8_t kIcmpv6Informational = 128;  ///< types from here on; those below are errors

}  // namespace hopcost::layout
