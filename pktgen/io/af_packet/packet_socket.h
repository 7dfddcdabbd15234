// AF_PACKET sockets bound to one device, with TPACKET_V2 rings (Documentation/networking/packet_mmap.rst).
// Set-up only.
#pragma once

#include <cstdint>
#include <vector>

#include "base/fd.h"
#include "base/mapped_memory.h"
#include "base/result.h"

namespace hopcost::pktgen {

/// Opens a socket for TPACKET_V2, not bound yet. Errors: kPrivilege without CAP_NET_RAW.
[[nodiscard]] Result<Fd> open_packet_socket();

/// Binds to a device. `protocol` is an ETH_P_*, host byte order; 0: receives nothing.
[[nodiscard]] Result<void> bind_packet_socket(const Fd& socket, unsigned ifindex, std::uint16_t protocol);

/// setsockopt(SOL_PACKET). False with errno set when the kernel refuses.
[[nodiscard]] bool set_packet_option(const Fd& socket, int option, int value) noexcept;

/// A mapped ring and where each of its slots begins.
struct PacketRing {
  MappedMemory memory;
  std::vector<std::byte*> slots;  ///< Each begins with a tpacket2_hdr.
};

/// Sets up and maps a ring. `which` is PACKET_TX_RING or PACKET_RX_RING. `slot_bytes` is rounded up to cache
/// lines, `count` to whole blocks.
[[nodiscard]] Result<PacketRing> map_packet_ring(const Fd& socket, int which, std::size_t slot_bytes,
                                                 std::uint32_t count);

/// Removes the ring from the socket, so that another can be set up.
[[nodiscard]] Result<void> drop_packet_ring(const Fd& socket, int which, PacketRing& ring);

}  // namespace hopcost::pktgen
