// Differences of two stamps, gathered. Hot path: noexcept, no allocation. One owner thread at a time.
#pragma once

#include <cstdint>

#include "stats/hdr_histogram.h"

namespace hopcost::analyzer {

struct LatencyStats {
  /// Differences beyond this either way (100 s, the histogram's top) come from a broken or hostile stamp.
  static constexpr std::int64_t kLimit = 100'000'000'000;

  HdrHistogram histogram;
  std::int64_t sum_ns = 0;         ///< Of all in the histogram, negative ones with their sign.
  std::uint64_t negative = 0;      ///< Below zero; 0 in the histogram.
  std::uint64_t zero = 0;          ///< Exactly zero.
  std::uint64_t out_of_range = 0;  ///< Beyond kLimit; nowhere else.

  /// Takes `to - from`, both ns of the same clock. False when it is out of range.
  bool record(std::uint64_t from, std::uint64_t to) noexcept {
    return record(static_cast<std::int64_t>(to - from));
  }

  /// Takes a difference, ns. False when it is out of range.
  bool record(std::int64_t d) noexcept {
    if (d < -kLimit || d > kLimit) [[unlikely]] {
      ++out_of_range;
      return false;
    }
    sum_ns += d;
    negative += d < 0;
    zero += d == 0;
    return histogram.record(d < 0 ? 0 : static_cast<std::uint64_t>(d));
  }

  void reset() noexcept {
    histogram.reset();
    sum_ns = 0;
    negative = zero = out_of_range = 0;
  }

  /// Both have the same layout: it can't fail.
  void add(const LatencyStats& other) {
    (void)histogram.merge(other.histogram);
    sum_ns += other.sum_ns;
    negative += other.negative;
    zero += other.zero;
    out_of_range += other.out_of_range;
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return histogram.count(); }
  [[nodiscard]] double mean() const noexcept {
    return count() == 0 ? 0.0 : static_cast<double>(sum_ns) / static_cast<double>(count());
  }
};

}  // namespace hopcost::analyzer
