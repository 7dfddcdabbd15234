// Sends a probe frame back to where it came from: addresses and ports swapped, the reflector's residence in
// the probe, checksums carried along. Reads hostile input: every access is bounds-checked. Safe from any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/address.h"

namespace hopcost {

/// What a reflector does with a frame. Only kTurn goes back; the rest is left alone.
enum class TurnVerdict : std::uint8_t {
  kTurn,       ///< A probe for this reflector.
  kForeign,    ///< No probe.
  kNotOurs,    ///< A probe to another MAC address, multicast and broadcast included.
  kReflected,  ///< A probe that a reflector has turned around already: never again, or two would play for
               ///< ever.
  kMalformed,  ///< A probe in anything but an unfragmented UDP packet over IPv4, or IPv6 without extension
               ///< headers, of lengths that agree, from a unicast MAC address.
};
inline constexpr std::size_t kTurnVerdicts = 5;

/// Where things are in a frame that can be turned around.
struct Turnable {
  std::uint32_t ip_at = 0, udp_at = 0, probe_at = 0;
  bool v6 = false;
};

/// Whether `frame` (Ethernet header on, no FCS) is one for the reflector at `own`; `where` is written when it
/// is.
[[nodiscard]] TurnVerdict look_at(std::span<const std::byte> frame, const MacAddress& own,
                                  Turnable& where) noexcept;

/// Swaps MAC and IP addresses and ports of a frame that look_at() found to be one. No checksum changes by
/// that.
void swap_ends(std::byte* frame, const Turnable& where) noexcept;

/// Makes the probe a reflected one; its transmit time's low bits stay. The UDP checksum is carried along (RFC
/// 1624): one that was wrong stays wrong, none stays none.
void write_residence(std::byte* frame, const Turnable& where, std::uint64_t residence_ns) noexcept;

}  // namespace hopcost
