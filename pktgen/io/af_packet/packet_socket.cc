#include "pktgen/io/af_packet/packet_socket.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace hopcost::pktgen {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kBlockBytes = 1 << 16;

/// Bytes from slot to slot: whole cache lines, and above a few an odd number of them, so that slots do not
/// all fall into the same cache sets.
std::size_t slot_stride(std::size_t bytes) {
  const std::size_t lines = (bytes + kCacheLine - 1) / kCacheLine;
  return (lines > 4 ? lines | 1 : lines) * kCacheLine;
}

}  // namespace

Result<Fd> open_packet_socket() {
  Fd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!fd.valid()) {
    return errno_error(
        errno, "open an AF_PACKET socket",
        errno == EPERM ? "needs CAP_NET_RAW: run with sudo, or in a user namespace (unshare -Urn)" : "");
  }
  if (!set_packet_option(fd, PACKET_VERSION, TPACKET_V2)) return errno_error(errno, "set TPACKET_V2");
  return fd;
}

Result<void> bind_packet_socket(const Fd& socket, unsigned ifindex, std::uint16_t protocol) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(ifindex);
  address.sll_protocol = htons(protocol);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return errno_error(errno, "bind the AF_PACKET socket");
  }
  return {};
}

bool set_packet_option(const Fd& socket, int option, int value) noexcept {
  return setsockopt(socket.get(), SOL_PACKET, option, &value, sizeof value) == 0;
}

Result<PacketRing> map_packet_ring(const Fd& socket, int which, std::size_t slot_bytes, std::uint32_t count) {
  const std::size_t stride = slot_stride(slot_bytes);
  const std::size_t block = std::max(kBlockBytes, std::bit_ceil(stride));
  const std::size_t slots_per_block = block / stride;
  const std::size_t blocks = (count + slots_per_block - 1) / slots_per_block;
  // The request is for whole blocks; like the kernel's ring, ours wraps after the last slot of the last
  // block.
  tpacket_req request{};
  request.tp_block_size = static_cast<unsigned>(block);
  request.tp_block_nr = static_cast<unsigned>(blocks);
  request.tp_frame_size = static_cast<unsigned>(stride);
  request.tp_frame_nr = static_cast<unsigned>(blocks * slots_per_block);
  if (setsockopt(socket.get(), SOL_PACKET, which, &request, sizeof request) != 0) {
    return errno_error(errno, "set up an AF_PACKET ring");
  }
  auto memory = MappedMemory::map(block * blocks, socket.get());
  if (!memory) return forward(memory);
  PacketRing ring{std::move(*memory), {}};
  for (std::size_t b = 0; b < blocks; ++b)
    for (std::size_t i = 0; i < slots_per_block; ++i)
      ring.slots.push_back(ring.memory.data() + b * block + i * stride);
  return ring;
}

Result<void> drop_packet_ring(const Fd& socket, int which, PacketRing& ring) {
  ring.memory.reset();
  ring.slots.clear();
  const tpacket_req none{};
  if (setsockopt(socket.get(), SOL_PACKET, which, &none, sizeof none) != 0) {
    return errno_error(errno, "take down an AF_PACKET ring");
  }
  return {};
}

}  // namespace hopcost::pktgen
