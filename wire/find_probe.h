// Finds the probe in a received frame, however its headers changed on the way. Reads hostile input: every
// access is bounds-checked. Safe from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "wire/probe.h"

namespace hopcost {

/// A probe, and where in the frame it is.
struct FoundProbe {
  /// By what it was found.
  enum class Place : unsigned char {
    kPacketEnd,  ///< At the end of the outermost IP packet (padding may follow).
    kFrameTail,  ///< There is no IP packet, or one that does not say how long it is: the frame's last bytes.
  };
  Probe probe;
  std::size_t offset = 0;  ///< Of the probe's first byte in the frame.
  Place place = Place::kPacketEnd;
};

/// `frame` begins at the Ethernet header and has no FCS. The probe ends where the outermost IP packet ends,
/// whatever is in that packet: UDP, TCP, an ICMP echo, or a tunnel (VXLAN, Geneve, GRE, IPIP, ...), which
/// ends where its payload does. Before the packet there may be up to four VLAN tags and eight MPLS labels.
/// Where no IP packet is found, the frame's end counts. One place is looked at, never two: what pads a frame
/// may be a stale copy of an earlier one. Nothing when there is no plausible probe there, when the packet is
/// cut off or goes on in a further fragment, or when it is an ICMP error, which quotes the packet it is
/// about. Checksums are not checked.
[[nodiscard]] std::optional<FoundProbe> find_probe(std::span<const std::byte> frame) noexcept;

}  // namespace hopcost
