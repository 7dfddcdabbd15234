// Which bucket of an HDR histogram a value falls into: the bucket arithmetic of HdrHistogram
// (http://hdrhistogram.org), so that counts arrays are the same as the reference implementation's.
// Plain values, safe from any thread. Includes only base/.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace hopcost {

/// Each bucket is twice as wide as the one before and is divided into `sub_bucket_count` steps of equal
/// width. The first bucket uses all its steps, each later one the upper half. So any value is resolved to
/// `digits` decimal digits.
struct HdrLayout {
  std::uint64_t lowest = 1;   ///< Values that differ by less than this may share a step. 1..2^62.
  std::uint64_t highest = 0;  ///< Largest value that can be recorded. At least 2 * lowest, below 2^63.
  int digits = 3;             ///< 1..5.

  int unit_magnitude = 0;  ///< floor(log2(lowest)).
  int half_magnitude = 0;  ///< log2(sub_bucket_count / 2).
  std::uint64_t sub_bucket_mask = 0;
  std::uint32_t sub_bucket_count = 0;
  std::uint32_t bucket_count = 0;
  std::uint32_t array_length = 0;  ///< Counters needed, at most about 6.2 million (5 digits, 63 bits).

  /// Errors: kUsage naming the member out of range.
  [[nodiscard]] static Result<HdrLayout> make(std::uint64_t lowest, std::uint64_t highest, int digits);

  /// Index of the counter for `value`. The caller makes sure that value <= highest.
  [[nodiscard]] std::uint32_t index_of(std::uint64_t value) const noexcept {
    const int shift = top_bit(value | sub_bucket_mask) - half_magnitude;  // log2 of the step's width
    return (static_cast<std::uint32_t>(shift - unit_magnitude) << half_magnitude) +
           static_cast<std::uint32_t>(value >> shift);
  }

  /// Smallest value counted at `index`.
  [[nodiscard]] std::uint64_t lowest_at(std::uint32_t index) const noexcept {
    const std::uint32_t half = sub_bucket_count / 2;
    if (index < sub_bucket_count) return std::uint64_t{index} << unit_magnitude;
    const std::uint32_t bucket = (index >> half_magnitude) - 1;
    return (std::uint64_t{(index & (half - 1)) + half})
           << (bucket + static_cast<std::uint32_t>(unit_magnitude));
  }

  /// Number of values counted at `index`.
  [[nodiscard]] std::uint64_t width_at(std::uint32_t index) const noexcept {
    const std::uint32_t bucket = index < sub_bucket_count ? 0 : (index >> half_magnitude) - 1;
    return std::uint64_t{1} << (bucket + static_cast<std::uint32_t>(unit_magnitude));
  }

  /// Largest value counted at `index`.
  [[nodiscard]] std::uint64_t highest_at(std::uint32_t index) const noexcept {
    return lowest_at(index) + width_at(index) - 1;
  }

  friend bool operator==(const HdrLayout&, const HdrLayout&) = default;

  /// Position of the highest bit of x, which is 1..2^63 - 1. On x86-64 it is read off the exponent of a
  /// double: BSR is microcode on AMD's cores (stats_bench, record: 2.9 -> 2.1 ns). Above 2^53 rounding may
  /// give one more for values at the end of a bucket; index_of() yields the same index then.
  [[nodiscard]] static int top_bit(std::uint64_t x) noexcept {
#if defined(__x86_64__)
    return static_cast<int>(std::bit_cast<std::uint64_t>(static_cast<double>(static_cast<std::int64_t>(x))) >>
                            52) -
           1023;
#else
    return 63 - std::countl_zero(x);
#endif
  }
};

}  // namespace hopcost
