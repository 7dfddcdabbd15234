// Link types of captures (LINKTYPE_ numbers, https://www.tcpdump.org/linktypes.html): their names, and how we
// turn packets of some of them into Ethernet frames. Reads hostile input: every access is bounds-checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "wire/address.h"
#include "wire/pcap_reader.h"

namespace hopcost {

/// "LINUX_SLL2 (276)", or only the number if its name is not known.
[[nodiscard]] std::string link_type_text(std::uint16_t link_type);

/// The link types that EthernetFrames below can read, Ethernet first.
[[nodiscard]] std::span<const std::uint16_t> read_link_types() noexcept;

/// A captured packet from its Ethernet header on.
struct EthernetFrame {
  std::span<const std::byte> bytes;
  std::uint32_t wire_bytes = 0;  ///< Length before the packet was cut.
};

/// Replaces another link layer's header by an Ethernet header. One owner thread.
class EthernetFrames {
 public:
  /// The addresses of headers made. A source of zeros: the one in the packet's own link layer, if any.
  explicit EthernetFrames(const MacAddress& destination = {}, const MacAddress& source = {})
      : destination_(destination), source_(source) {}

  /// Gives an Ethernet packet as it is. For cooked packets (LINUX_SLL, LINUX_SLL2), BSD's loopback (NULL,
  /// LOOP) and raw IP (RAW, IPV4, IPV6) gives a frame in a buffer of this object, valid until the next call.
  /// The frame has no bytes when the packet's link layer is cut short or names a protocol without an Ethernet
  /// type, or when memory runs out. Nothing for other link types. Allocates for a packet longer than all
  /// before it.
  [[nodiscard]] std::optional<EthernetFrame> of(const PcapPacket& packet) noexcept;

 private:
  MacAddress destination_, source_;
  std::vector<std::byte> buffer_;
};

/// Whether the frame carries an IP packet, possibly after VLAN tags and MPLS labels.
[[nodiscard]] bool carries_ip(const EthernetFrame& frame) noexcept;

}  // namespace hopcost
