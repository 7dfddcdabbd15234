// The 18-byte probe at the end of a frame's payload, specified to the bit in doc/probe-format.md. Header
// only; includes only wire/byte_order.h. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/byte_order.h"

namespace hopcost {

inline constexpr std::size_t kProbeBytes = 18;
/// Twelve bits of magic (0x4c7) and four of version (1), big-endian in the first two bytes.
inline constexpr std::uint16_t kProbeMagicVersion = 0x4c71;
inline constexpr std::uint64_t kProbeSequenceMask = (std::uint64_t{1} << 48) - 1;

/// Where the fields begin in the 18 bytes: two aligned-size words follow the magic, so two stores write a
/// probe.
inline constexpr std::size_t kProbeFlowOffset = 2;  ///< flow (16) and sequence (48) as one 64-bit word
inline constexpr std::size_t kProbeTimeOffset = 10;

/// What a probe says. `tx_ns` is CLOCK_REALTIME of the sender in ns since the epoch, from its fitted counter,
/// taken just before the frame was handed to the kernel or the device.
struct Probe {
  std::uint16_t flow = 0;
  std::uint64_t sequence = 0;  ///< 48 bits on the wire.
  std::uint64_t tx_ns = 0;
  friend bool operator==(const Probe&, const Probe&) = default;
};

/// Whether a probe may be one. The magic comes by chance in one of 65,536 packets; a transmit time that no
/// clock shows leaves one in 262,144. It is compared with no clock: a device whose clock was never set sends
/// in 1970, and its probes are true. Linux' clock can't be set beyond 2232; beyond 2116 it is taken for
/// chance.
[[nodiscard]] constexpr bool is_plausible(const Probe& p) noexcept {
  return p.tx_ns >> 62 == 0;
}

/// Writes all 18 bytes. Bits of `sequence` above the 48th are dropped.
inline void store_probe(std::span<std::byte, kProbeBytes> out, const Probe& p) noexcept {
  store_be<std::uint16_t>(out.data(), kProbeMagicVersion);
  store_be<std::uint64_t>(out.data() + kProbeFlowOffset,
                          std::uint64_t{p.flow} << 48 | (p.sequence & kProbeSequenceMask));
  store_be<std::uint64_t>(out.data() + kProbeTimeOffset, p.tx_ns);
}

/// Reads 18 bytes; nothing when magic or version is another.
[[nodiscard]] inline std::optional<Probe> load_probe(std::span<const std::byte, kProbeBytes> in) noexcept {
  if (load_be<std::uint16_t>(in.data()) != kProbeMagicVersion) return std::nullopt;
  const auto word = load_be<std::uint64_t>(in.data() + kProbeFlowOffset);
  return Probe{static_cast<std::uint16_t>(word >> 48), word & kProbeSequenceMask,
               load_be<std::uint64_t>(in.data() + kProbeTimeOffset)};
}

}  // namespace hopcost
