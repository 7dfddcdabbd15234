// The rings that an AF_XDP socket shares with the kernel (Documentation/networking/af_xdp.rst), from our end.
// One owner thread each; no call waits.
#pragma once

#include <linux/if_xdp.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/mapped_memory.h"

namespace hopcost::pktgen {

/// What both kinds of ring share: `size` entries, a power of two, and 32-bit counters that wrap around.
template <class T>
class XskRing {
 public:
  /// A descriptor, or an address in the frame area.
  using Entry = T;
  XskRing() = default;
  /// `memory` is the ring's mapping, laid out as `at` says.
  XskRing(MappedMemory memory, const xdp_ring_offset& at, std::uint32_t size)
      : memory_(std::move(memory)),
        producer_(reinterpret_cast<std::uint32_t*>(memory_.data() + at.producer)),
        consumer_(reinterpret_cast<std::uint32_t*>(memory_.data() + at.consumer)),
        flags_(reinterpret_cast<const std::uint32_t*>(memory_.data() + at.flags)),
        entries_(reinterpret_cast<Entry*>(memory_.data() + at.desc)),
        mask_(size - 1) {}

  /// Entries that the producer has given and the consumer has not taken.
  [[nodiscard]] std::uint32_t held() const noexcept {
    return __atomic_load_n(producer_, __ATOMIC_RELAXED) - __atomic_load_n(consumer_, __ATOMIC_ACQUIRE);
  }

 protected:
  MappedMemory memory_;
  std::uint32_t* producer_ = nullptr;
  std::uint32_t* consumer_ = nullptr;
  const std::uint32_t* flags_ = nullptr;
  Entry* entries_ = nullptr;
  std::uint32_t mask_ = 0;
};

/// A ring of frames to the kernel: tx or fill. It has a place for every frame, so it is never full.
template <class Entry>
class XskProducer : public XskRing<Entry> {
 public:
  using XskRing<Entry>::XskRing;
  /// The next entry to be written.
  [[nodiscard]] Entry& next() noexcept { return this->entries_[head_++ & this->mask_]; }
  /// Gives the kernel all entries written so far.
  void submit() noexcept { __atomic_store_n(this->producer_, head_, __ATOMIC_RELEASE); }
  /// Whether the kernel needs a system call to look at the ring.
  [[nodiscard]] bool needs_wakeup() const noexcept {
    return (__atomic_load_n(this->flags_, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP) != 0;
  }

 private:
  std::uint32_t head_ = 0;
};

/// A ring of frames from the kernel: rx or completion.
template <class Entry>
class XskConsumer : public XskRing<Entry> {
 public:
  using XskRing<Entry>::XskRing;
  /// How many entries the kernel has given, up to `most`.
  [[nodiscard]] std::uint32_t available(std::uint32_t most) noexcept {
    if (seen_ == tail_) seen_ = __atomic_load_n(this->producer_, __ATOMIC_ACQUIRE);
    return std::min(seen_ - tail_, most);
  }
  /// The i-th of those.
  [[nodiscard]] const Entry& operator[](std::uint32_t i) const noexcept {
    return this->entries_[(tail_ + i) & this->mask_];
  }
  /// Gives the places of the first `n` entries back to the kernel.
  void release(std::uint32_t n) noexcept {
    tail_ += n;
    __atomic_store_n(this->consumer_, tail_, __ATOMIC_RELEASE);
  }

 private:
  std::uint32_t tail_ = 0, seen_ = 0;
};

}  // namespace hopcost::pktgen
