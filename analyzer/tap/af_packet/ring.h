// The memory of a TPACKET_V3 receive ring: set up on a packet socket, mapped, walked block by block.
#pragma once

#include <linux/if_packet.h>

#include <cstddef>
#include <utility>

#include "analyzer/tap/tap.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// A block is the unit in which the kernel hands frames over, and the largest frame that fits whole.
inline constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
/// After this long the kernel hands over a block that is not full (its timer runs on the CPU that opened the
/// tap).
inline constexpr unsigned kRetireMs = 4;
/// One block is used up every kRetireMs however few packets there are.
static_assert(kMinRingBytes >= 8 * kBlockBytes);

/// Owns the mapping, not the socket.
class Ring {
 public:
  /// Makes the ring on the socket and maps it. `bytes` is within [kMinRingBytes, kMaxRingBytes] and is
  /// rounded down to whole blocks. Errors: ENOMEM when the kernel has no room.
  [[nodiscard]] static Result<Ring> create(int socket, std::size_t bytes);

  Ring(Ring&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), blocks_(std::exchange(other.blocks_, 0)) {}
  Ring& operator=(Ring&& other) noexcept;
  ~Ring();

  [[nodiscard]] unsigned blocks() const noexcept { return blocks_; }
  /// i below blocks().
  [[nodiscard]] tpacket_block_desc& block(unsigned i) const noexcept {
    return *reinterpret_cast<tpacket_block_desc*>(base_ + i * kBlockBytes);
  }

 private:
  Ring(std::byte* base, unsigned blocks) : base_(base), blocks_(blocks) {}
  std::byte* base_ = nullptr;
  unsigned blocks_ = 0;
};

}  // namespace hopcost::analyzer
