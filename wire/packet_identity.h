// Identifies a packet without a probe: by its flow, and by a number that stays the same on its whole way.
// Reads hostile input: every access is bounds-checked. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "wire/address.h"

namespace hopcost {

/// The 5-tuple. Ports are those of TCP, UDP and SCTP; 0 for others, and for fragments.
struct FlowKey {
  IpAddress source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint8_t protocol = 0;
  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};

/// "198.18.0.1:5201 > 198.18.0.2:40000 tcp", "[2001:2::1]:9 > [2001:2::2]:9 udp", "... proto 89".
[[nodiscard]] std::string to_string(const FlowKey& flow);

struct PacketIdentity {
  FlowKey flow;
  /// The same wherever the packet is seen. Two packets have different numbers, except by chance (64 bits) or
  /// when they are equal in all that is looked at.
  std::uint64_t number = 0;
  std::uint32_t bytes = 0;  ///< Length of the IP packet.
};

/// What identifies a packet: all including its flow, or all without addresses and ports, which NAT rewrites.
enum class IdentityOf : unsigned char { kFiveTuple, kPayload };

/// Bytes of a frame that are enough for two tunnels, IPv6, TCP's options and the payload's beginning.
inline constexpr std::size_t kIdentityBytes = 384;

/// `frame` begins at the Ethernet header; `wire_bytes` is its length before it was cut. The packet is the
/// innermost IP packet behind up to four VLAN tags, eight MPLS labels and four tunnels (VXLAN, Geneve, GRE,
/// IP in IP), so that a packet keeps its identity when it enters or leaves a tunnel.
///
/// The number is made from IPv4's id, protocol and fragment, the length of what IP carries, TCP's sequence
/// and acknowledgement number, flags and window, TCP's options except those of a SYN (gateways lower its
/// MSS), and up to 64 bytes of payload; with kFiveTuple also from addresses and ports. TTL, checksums,
/// traffic class and everything outside the packet are left out.
///
/// Nothing when there is no IP packet, when its lengths contradict the frame's, or when it is cut off before
/// the end of what the number is made from.
[[nodiscard]] std::optional<PacketIdentity> identify_packet(std::span<const std::byte> frame,
                                                            std::size_t wire_bytes, IdentityOf of) noexcept;

}  // namespace hopcost
