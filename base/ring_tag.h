// Restores the outer VLAN tag of a frame in an AF_PACKET ring. The kernel removes the tag before packet
// sockets see the frame, and keeps it in the slot's header (tp_vlan_tci, tp_vlan_tpid of linux/if_packet.h).
// Header only; includes nothing of ours. Safe from any thread.
#pragma once

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace hopcost {

/// Bytes that a ring must leave before each frame (PACKET_RESERVE, set before the ring is made).
inline constexpr int kRingTagBytes = 4;

/// The frame as it was on the wire: its tag, if it had one, is put back in place between addresses and type
/// (as libpcap does). `h` is a tpacket2_hdr, or the hv1 of a tpacket3_hdr; `status` its tp_status. The
/// kRingTagBytes before `frame` may be overwritten.
template <class Header>
[[nodiscard]] std::span<const std::byte> with_ring_tag(std::span<std::byte> frame, std::uint32_t status,
                                                       const Header& h) noexcept {
  constexpr std::size_t kAddresses = 2 * ETH_ALEN;
  const std::uint16_t tci = h.tp_vlan_tci;
  // Kernels before 3.0 have no flag, those before 3.14 no type.
  if (((status & TP_STATUS_VLAN_VALID) == 0 && tci == 0) || frame.size() < kAddresses) return frame;
  const std::uint16_t type = (status & TP_STATUS_VLAN_TPID_VALID) != 0 ? h.tp_vlan_tpid : ETH_P_8021Q;
  std::byte* const begin = frame.data() - kRingTagBytes;
  std::memmove(begin, frame.data(), kAddresses);
  const std::uint8_t tag[kRingTagBytes] = {
      static_cast<std::uint8_t>(type >> 8), static_cast<std::uint8_t>(type),
      static_cast<std::uint8_t>(tci >> 8), static_cast<std::uint8_t>(tci)};
  std::memcpy(begin + kAddresses, tag, sizeof tag);
  return {begin, frame.size() + kRingTagBytes};
}

}  // namespace hopcost
