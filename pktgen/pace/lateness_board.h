// Tells the receiving thread how late each recent packet left, so that it knows the latency from the planned
// departure as well as from the actual one. Header only.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace hopcost::pktgen {

/// One writer, any readers, no locks. A packet's entry is overwritten kEntries packets later.
class LatenessBoard {
 public:
  static constexpr std::size_t kEntries = 1 << 16;

  LatenessBoard() : entries_(kEntries) {}

  /// Stores a packet's lateness, capped at 4.2 s. Each entry carries the low half of its packet's sequence,
  /// so a packet is not given another one's lateness.
  void post(std::uint64_t sequence, std::uint64_t late_ns) noexcept {
    const std::uint64_t capped = std::min<std::uint64_t>(late_ns, std::numeric_limits<std::uint32_t>::max());
    entries_[sequence % kEntries].store(tag(sequence) | capped, std::memory_order_relaxed);
  }
  /// The packet's lateness, ns; nothing when it was never posted, or a later packet has taken its place.
  [[nodiscard]] std::optional<std::uint64_t> late_ns(std::uint64_t sequence) const noexcept {
    const std::uint64_t e = entries_[sequence % kEntries].load(std::memory_order_relaxed);
    if ((e >> 32 << 32) != tag(sequence)) return std::nullopt;
    return e & std::numeric_limits<std::uint32_t>::max();
  }

 private:
  // Plus one, so that a zeroed entry belongs to no packet.
  [[nodiscard]] static std::uint64_t tag(std::uint64_t sequence) noexcept { return (sequence + 1) << 32; }
  std::vector<std::atomic<std::uint64_t>> entries_;
};

}  // namespace hopcost::pktgen
