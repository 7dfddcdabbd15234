// Differences of two stamps, gathered. A difference below zero is no time: the two clocks disagree, and by
// how much is not known. It is counted, and enters no histogram, sum, mean or quantile. Hot path: noexcept,
// no allocation. One owner thread at a time.
#pragma once

#include <cstdint>

#include "stats/hdr_histogram.h"

namespace hopcost::analyzer {

struct LatencyStats {
  /// Differences beyond this either way (100 s, the histogram's top) come from a broken or hostile stamp.
  static constexpr std::int64_t kLimit = 100'000'000'000;

  HdrHistogram histogram;
  std::int64_t sum_ns = 0;         ///< Of all in the histogram.
  std::uint64_t negative = 0;      ///< Below zero; not in the histogram.
  std::uint64_t zero = 0;          ///< Exactly zero; in the histogram.
  std::uint64_t out_of_range = 0;  ///< Beyond kLimit; nowhere else.

  /// Takes `to - from`, both ns of the same clock. False when it is not in the histogram.
  bool record(std::uint64_t from, std::uint64_t to) noexcept {
    return record(static_cast<std::int64_t>(to - from));
  }

  /// Takes a difference, ns. False when it is not in the histogram.
  bool record(std::int64_t d) noexcept {
    if (d < 0 || d > kLimit) [[unlikely]] {
      ++(d < -kLimit || d > kLimit ? out_of_range : negative);
      return false;
    }
    sum_ns += d;
    zero += d == 0;
    return histogram.record(static_cast<std::uint64_t>(d));
  }

  /// Back to nothing counted.
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
  /// Whether most of the differences are below zero. The others then say nothing of the time either.
  [[nodiscard]] bool clocks_disagree() const noexcept { return negative > count(); }
  /// Whether there is a quantile or a mean to tell.
  [[nodiscard]] bool is_known() const noexcept { return count() != 0 && !clocks_disagree(); }
  [[nodiscard]] double mean() const noexcept {
    return count() == 0 ? 0.0 : static_cast<double>(sum_ns) / static_cast<double>(count());
  }
};

}  // namespace hopcost::analyzer
