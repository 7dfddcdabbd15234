#include "analyzer/tap/af_packet/ring.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "base/ring_tag.h"

namespace hopcost::analyzer {

std::size_t block_bytes_for(std::size_t ring_bytes) {
  constexpr std::size_t kBlocks = 32, kSmallest = std::size_t{16} << 10, kLargest = std::size_t{64} << 10;
  // The kernel wants blocks of whole pages.
  const std::size_t least = std::max(kSmallest, static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  return std::clamp(std::bit_floor(ring_bytes / kBlocks), least, kLargest);
}

Result<Ring> Ring::create(int socket, std::size_t bytes) {
  const int version = TPACKET_V3;
  if (setsockopt(socket, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0) {
    return errno_error(errno, "choose TPACKET_V3", "needs Linux 3.2 or newer with packet mmap");
  }
  const int reserve = kRingTagBytes;
  if (setsockopt(socket, SOL_PACKET, PACKET_RESERVE, &reserve, sizeof reserve) != 0)
    return errno_error(errno, "leave room for VLAN tags in a receive ring");
  tpacket_req3 req{};
  const std::size_t block_bytes = block_bytes_for(bytes);
  req.tp_block_size = static_cast<unsigned>(block_bytes);
  req.tp_block_nr = static_cast<unsigned>(bytes / block_bytes);
  req.tp_frame_size = 2048;  // V3 packs frames of any size; the kernel only checks that the numbers agree
  req.tp_frame_nr = req.tp_block_nr * static_cast<unsigned>(block_bytes / req.tp_frame_size);
  req.tp_retire_blk_tov = kRetireMs;
  if (setsockopt(socket, SOL_PACKET, PACKET_RX_RING, &req, sizeof req) != 0) {
    return errno_error(errno, fmt::format("make a receive ring of {} bytes", bytes),
                       "a smaller one: --ring-bytes");
  }
  const std::size_t length = req.tp_block_nr * block_bytes;
  void* map = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, socket, 0);
  if (map == MAP_FAILED) return errno_error(errno, fmt::format("map a receive ring of {} bytes", length));
  return Ring(static_cast<std::byte*>(map), req.tp_block_nr, block_bytes);
}

Ring& Ring::operator=(Ring&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(blocks_, other.blocks_);
  std::swap(block_bytes_, other.block_bytes_);
  return *this;
}

Ring::~Ring() {
  if (base_ != nullptr) munmap(base_, blocks_ * block_bytes_);
}

}  // namespace hopcost::analyzer
