// Finds the probe in a received frame, even if its headers changed on the way. Reads hostile input: every
// access is bounds-checked. Safe from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "wire/probe.h"

namespace hopcost {

/// A probe, and where in the frame it is.
struct FoundProbe {
  /// How its place was found.
  enum class Place : unsigned char {
    kPacketEnd,  ///< At the end of the outermost IP packet (padding may follow).
    kFrameTail,  ///< The frame's last bytes: there is no IP packet, or one that does not say its length.
  };
  Probe probe;
  std::size_t offset = 0;  ///< Of the probe's first byte, from the frame's begin.
  Place place = Place::kPacketEnd;
};

/// `frame` begins at the Ethernet header and has no FCS. The probe is expected at the end of the outermost IP
/// packet, whatever that carries: UDP, TCP, an ICMP echo, or a tunnel (VXLAN, Geneve, GRE, IPIP, ...), which
/// ends where its payload ends. Before the packet there may be up to four VLAN tags and eight MPLS labels. If
/// no IP packet is found, the probe is expected at the frame's end. Only one place is looked at: padding may
/// hold an old copy of an earlier frame. Nothing when there is no plausible probe, when the packet is cut off
/// or continues in a further fragment, or when it is an ICMP error, which quotes another packet. Checksums
/// are not checked.
[[nodiscard]] std::optional<FoundProbe> find_probe(std::span<const std::byte> frame) noexcept;

}  // namespace hopcost
