// Link types of captures (LINKTYPE_ numbers, https://www.tcpdump.org/linktypes.html): what they are called,
// and packets of those that are read here as Ethernet frames. Reads hostile input: every access is
// bounds-checked.
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

/// "LINUX_SLL2 (276)", or the number alone where its name is not known.
[[nodiscard]] std::string link_type_text(std::uint16_t link_type);

/// Those that EthernetFrames below reads, Ethernet first.
[[nodiscard]] std::span<const std::uint16_t> read_link_types() noexcept;

/// A captured packet from its Ethernet header on.
struct EthernetFrame {
  std::span<const std::byte> bytes;
  std::uint32_t wire_bytes = 0;  ///< More than there are bytes when it was cut.
};

/// Puts an Ethernet header in the place of another link layer's. One owner thread.
class EthernetFrames {
 public:
  /// The made header's addresses; a source of zeros is what the packet's own link layer says, if it does.
  explicit EthernetFrames(const MacAddress& destination = {}, const MacAddress& source = {})
      : destination_(destination), source_(source) {}

  /// An Ethernet packet as it is. For cooked packets (LINUX_SLL, LINUX_SLL2), BSD's loopback (NULL, LOOP) and
  /// raw IP (RAW, IPV4, IPV6) a frame in a buffer of this object, valid until the next call; without bytes
  /// when the packet's link layer is cut short or announces something that is no frame's type. Nothing for
  /// another link type. Allocates for a packet that is longer than all before it; when memory is out the
  /// frame has no bytes.
  [[nodiscard]] std::optional<EthernetFrame> of(const PcapPacket& packet) noexcept;

 private:
  MacAddress destination_, source_;
  std::vector<std::byte> buffer_;
};

/// Whether an IP packet is in it, behind VLAN tags and MPLS labels if any.
[[nodiscard]] bool carries_ip(const EthernetFrame& frame) noexcept;

}  // namespace hopcost
