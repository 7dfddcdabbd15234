#include "analyzer/tap/af_packet/ring.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/ring_tag.h"

namespace hopcost::analyzer {

Result<Ring> Ring::create(int socket, std::size_t bytes) {
  const int version = TPACKET_V3;
  if (setsockopt(socket, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0) {
    return errno_error(errno, "choose TPACKET_V3", "needs Linux 3.2 or newer with packet mmap");
  }
  const int reserve = kRingTagBytes;
  if (setsockopt(socket, SOL_PACKET, PACKET_RESERVE, &reserve, sizeof reserve) != 0)
    return errno_error(errno, "leave room for VLAN tags in a receive ring");
  tpacket_req3 req{};
  req.tp_block_size = kBlockBytes;
  req.tp_block_nr = static_cast<unsigned>(bytes / kBlockBytes);
  req.tp_frame_size = 2048;  // V3 packs frames of any size; the kernel only checks that the numbers agree
  req.tp_frame_nr = req.tp_block_nr * static_cast<unsigned>(kBlockBytes / req.tp_frame_size);
  req.tp_retire_blk_tov = kRetireMs;
  if (setsockopt(socket, SOL_PACKET, PACKET_RX_RING, &req, sizeof req) != 0) {
    return errno_error(errno, fmt::format("make a receive ring of {} bytes", bytes),
                       "a smaller one: --ring-bytes");
  }
  const std::size_t length = req.tp_block_nr * kBlockBytes;
  void* map = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, socket, 0);
  if (map == MAP_FAILED) return errno_error(errno, fmt::format("map a receive ring of {} bytes", length));
  return Ring(static_cast<std::byte*>(map), req.tp_block_nr);
}

Ring& Ring::operator=(Ring&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(blocks_, other.blocks_);
  return *this;
}

Ring::~Ring() {
  if (base_ != nullptr) munmap(base_, blocks_ * kBlockBytes);
}

}  // namespace hopcost::analyzer
