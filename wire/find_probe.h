// Finds the probe in a received frame, however its headers changed on the way. Reads hostile input: every
// access is bounds-checked. Safe from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "wire/probe.h"

namespace hopcost {

struct FoundProbe {
  enum class Place : unsigned char {
    kDatagramEnd,  ///< At the end of the UDP datagram (padding may follow).
    kFrameTail,    ///< Headers did not parse, or no probe was there; the frame's last bytes hold one.
  };
  Probe probe;
  std::size_t offset = 0;  ///< Of the probe's first byte in the frame.
  Place place = Place::kDatagramEnd;
};

/// `frame` begins at the Ethernet header and has no FCS. Ethernet with up to four VLAN tags, IPv4 with
/// options or IPv6 with extension headers, and UDP are parsed to find the datagram's end, where the probe is;
/// whatever pads the frame behind it is passed over. Encapsulated frames (VXLAN, Geneve) end where the outer
/// datagram ends. Failing that, the frame's last 18 bytes are looked at. Nothing when neither place holds the
/// magic. Checksums are not checked.
[[nodiscard]] std::optional<FoundProbe> find_probe(std::span<const std::byte> frame) noexcept;

}  // namespace hopcost
