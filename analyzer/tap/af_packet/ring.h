// The memory of a TPACKET_V3 receive ring: set up on a packet socket, mapped, walked block by block.
#pragma once

#include <linux/if_packet.h>

#include <cstddef>
#include <utility>

#include "analyzer/tap/tap.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// After this long the kernel hands over a block that is not full (its timer runs on the CPU that opened the
/// tap).
inline constexpr unsigned kRetireMs = 4;

/// A block is the unit in which the kernel hands frames over, and the largest frame that fits whole. However
/// few packets there are, one is used up every kRetireMs. So a small ring is cut into small blocks: 32 of
/// them hold 128 ms. At least 16 KiB, for jumbo frames, and at most 64 KiB; a power of two. `ring_bytes` is
/// at least kMinRingBytes.
[[nodiscard]] std::size_t block_bytes_for(std::size_t ring_bytes);

/// Owns the mapping, not the socket.
class Ring {
 public:
  /// Makes the ring on the socket and maps it. `bytes` is within [kMinRingBytes, kMaxRingBytes] and is
  /// rounded down to whole blocks. Errors: ENOMEM when the kernel has no room.
  [[nodiscard]] static Result<Ring> create(int socket, std::size_t bytes);

  Ring(Ring&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)),
        blocks_(std::exchange(other.blocks_, 0)),
        block_bytes_(other.block_bytes_) {}
  Ring& operator=(Ring&& other) noexcept;
  ~Ring();

  [[nodiscard]] unsigned blocks() const noexcept { return blocks_; }
  /// i below blocks().
  [[nodiscard]] tpacket_block_desc& block(unsigned i) const noexcept {
    return *reinterpret_cast<tpacket_block_desc*>(base_ + i * block_bytes_);
  }

 private:
  Ring(std::byte* base, unsigned blocks, std::size_t block_bytes)
      : base_(base), blocks_(blocks), block_bytes_(block_bytes) {}
  std::byte* base_ = nullptr;
  unsigned blocks_ = 0;
  std::size_t block_bytes_ = 0;
};

}  // namespace hopcost::analyzer
