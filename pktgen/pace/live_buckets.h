// A coarse histogram that other threads may read while it is written: for metrics during a run. record() is a
// hot path: two loads and two stores, no locked instruction.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace hopcost::pktgen {

/// Counts of times up to 32 ns, 64 ns, ... 2^30 ns (1.07 s), and above. One writer, any readers. Counts are
/// read one by one, so the sum and the counts may differ by a few times.
class LiveBuckets {
 public:
  static constexpr unsigned kFirstBits = 5;  ///< The first bound is 2^5 ns.
  static constexpr std::size_t kBounds = 26;

  /// Counts one time.
  void record(std::uint64_t ns) noexcept {
    const auto bits = static_cast<std::size_t>(std::bit_width(ns > 0 ? ns - 1 : 0));
    const std::size_t i = bits < kFirstBits ? 0 : bits - kFirstBits;
    add(counts_[i < kBounds ? i : kBounds], 1);
    add(sum_ns_, ns);
  }
  /// Forgets all times. Only for the writer.
  void reset() noexcept {
    for (auto& c : counts_) c.store(0, std::memory_order_relaxed);
    sum_ns_.store(0, std::memory_order_relaxed);
  }

  /// The upper bound of the i-th bucket, ns; i below kBounds.
  [[nodiscard]] static constexpr std::uint64_t bound_ns(std::size_t i) noexcept {
    return std::uint64_t{1} << (kFirstBits + i);
  }
  /// How many times are above bound_ns(i - 1) and at most bound_ns(i); i == kBounds: above the last bound.
  [[nodiscard]] std::uint64_t count(std::size_t i) const noexcept {
    return counts_[i].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t sum_ns() const noexcept { return sum_ns_.load(std::memory_order_relaxed); }

 private:
  static void add(std::atomic<std::uint64_t>& to, std::uint64_t n) noexcept {
    to.store(to.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::array<std::atomic<std::uint64_t>, kBounds + 1> counts_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

}  // namespace hopcost::pktgen
