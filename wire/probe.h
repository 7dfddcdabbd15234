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
/// Version 2: a reflector has sent the probe back.
inline constexpr std::uint16_t kReflectedMagicVersion = 0x4c72;
inline constexpr std::uint64_t kProbeSequenceMask = (std::uint64_t{1} << 48) - 1;

/// Where the fields begin in the 18 bytes: two words of 64 bits follow the magic, so two stores renumber a
/// probe.
inline constexpr std::size_t kProbeFlowOffset = 2;  ///< flow (16) and sequence (48) as one 64-bit word
inline constexpr std::size_t kProbeTimeOffset = 10;

/// A reflected probe's time word: two bits of 0 (as in any probe), 27 bits of residence, and the low 35 bits
/// of the transmit time.
inline constexpr int kReflectedTimeBits = 35;
inline constexpr std::uint64_t kReflectedTimeMask = (std::uint64_t{1} << kReflectedTimeBits) - 1;
/// The largest residence in a probe (134 ms); it also stands for any longer one.
inline constexpr std::uint32_t kLongestResidenceNs = (std::uint32_t{1} << 27) - 1;

/// A probe's fields. `tx_ns` is the sender's CLOCK_REALTIME in ns since the epoch, from its fitted counter,
/// read just before the frame was handed to the kernel or the device.
struct Probe {
  std::uint16_t flow = 0;
  std::uint64_t sequence = 0;      ///< 48 bits on the wire.
  std::uint64_t tx_ns = 0;         ///< Of a reflected probe only the low 35 bits, until complete().
  std::uint32_t residence_ns = 0;  ///< How long the reflector kept it; kLongestResidenceNs: that or longer.
  bool reflected = false;
  friend bool operator==(const Probe&, const Probe&) = default;
};

/// Whether a probe may be real. Other data has the magic by chance in one of 65,536 packets; the check of the
/// time leaves one in 262,144. The time is not compared with a clock: a device whose clock was never set
/// sends in 1970, and its probes are real. Linux's clock can't be set beyond 2232; a time beyond 2116 counts
/// as chance.
[[nodiscard]] constexpr bool is_plausible(const Probe& p) noexcept {
  return p.tx_ns >> 62 == 0;
}

/// A reflected probe with its whole transmit time. `near_ns` must be within 17 s of that time on the sender's
/// clock; the arrival will do if the clocks agree that far. Other probes stay as they are.
[[nodiscard]] constexpr Probe complete(Probe p, std::uint64_t near_ns) noexcept {
  if (!p.reflected) return p;
  constexpr int kAbove = 64 - kReflectedTimeBits;
  const auto ahead = static_cast<std::int64_t>((p.tx_ns - near_ns) << kAbove) >> kAbove;
  p.tx_ns = near_ns + static_cast<std::uint64_t>(ahead);
  return p;
}

/// The time word of a reflected probe, which follows flow and sequence.
[[nodiscard]] constexpr std::uint64_t reflected_time_word(std::uint64_t tx_ns,
                                                          std::uint64_t residence_ns) noexcept {
  const std::uint64_t residence = residence_ns < kLongestResidenceNs ? residence_ns : kLongestResidenceNs;
  return residence << kReflectedTimeBits | (tx_ns & kReflectedTimeMask);
}

/// Writes all 18 bytes. Bits of `sequence` above the 48th are dropped.
inline void store_probe(std::span<std::byte, kProbeBytes> out, const Probe& p) noexcept {
  store_be<std::uint16_t>(out.data(), p.reflected ? kReflectedMagicVersion : kProbeMagicVersion);
  store_be<std::uint64_t>(out.data() + kProbeFlowOffset,
                          std::uint64_t{p.flow} << 48 | (p.sequence & kProbeSequenceMask));
  store_be<std::uint64_t>(out.data() + kProbeTimeOffset,
                          p.reflected ? reflected_time_word(p.tx_ns, p.residence_ns) : p.tx_ns);
}

/// A probe from its three words in host order; nothing when they are of neither version.
[[nodiscard]] constexpr std::optional<Probe> probe_of(std::uint16_t magic_version, std::uint64_t number,
                                                      std::uint64_t time) noexcept {
  Probe p{.flow = static_cast<std::uint16_t>(number >> 48),
          .sequence = number & kProbeSequenceMask,
          .tx_ns = time};
  if (magic_version == kProbeMagicVersion) return p;
  if (magic_version != kReflectedMagicVersion || time >> 62 != 0) return std::nullopt;
  p.tx_ns = time & kReflectedTimeMask;
  p.residence_ns = static_cast<std::uint32_t>(time >> kReflectedTimeBits);
  p.reflected = true;
  return p;
}

/// Reads 18 bytes; nothing when magic or version differ.
[[nodiscard]] inline std::optional<Probe> load_probe(std::span<const std::byte, kProbeBytes> in) noexcept {
  return probe_of(load_be<std::uint16_t>(in.data()), load_be<std::uint64_t>(in.data() + kProbeFlowOffset),
                  load_be<std::uint64_t>(in.data() + kProbeTimeOffset));
}

}  // namespace hopcost
