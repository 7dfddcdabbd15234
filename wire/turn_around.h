// Turns a probe frame around, so that it can be sent back: swaps addresses and ports, writes the reflector's
// residence into the probe, and updates the checksum. Reads hostile input: every access is bounds-checked.
// Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/address.h"

namespace hopcost {

/// What a reflector does with a frame. Only frames of kTurn are sent back; all others are left alone.
enum class TurnVerdict : std::uint8_t {
  kTurn,       ///< A probe for this reflector.
  kForeign,    ///< No probe.
  kNotOurs,    ///< A probe to another MAC address, multicast and broadcast included.
  kReflected,  ///< A probe that a reflector has already turned around; else two reflectors would send it back
               ///< and forth for ever.
  kMalformed,  ///< A probe that can't be turned around. It needs a unicast source MAC and consistent lengths,
               ///< in an unfragmented UDP packet over IPv4, or over IPv6 without extension headers.
};
inline constexpr std::size_t kTurnVerdicts = 5;

/// Offsets in a frame that can be turned around.
struct Turnable {
  std::uint32_t ip_at = 0, udp_at = 0, probe_at = 0;
  bool v6 = false;
};

/// Judges `frame` (from the Ethernet header on, no FCS) for the reflector whose MAC address is `own`. Writes
/// `where` when the verdict is kTurn.
[[nodiscard]] TurnVerdict look_at(std::span<const std::byte> frame, const MacAddress& own,
                                  Turnable& where) noexcept;

/// Swaps MAC and IP addresses and ports of a frame of verdict kTurn. That changes no checksum.
void swap_ends(std::byte* frame, const Turnable& where) noexcept;

/// Makes the probe a reflected one; the low bits of its transmit time stay. The UDP checksum is updated (RFC
/// 1624): a wrong one stays wrong, and none stays none.
void write_residence(std::byte* frame, const Turnable& where, std::uint64_t residence_ns) noexcept;

}  // namespace hopcost
