// High dynamic range histogram of nanoseconds (or any unsigned integer): constant memory, record() in a few
// ns, relative error bounded by the configured digits. Counts, quantiles, minimum and maximum agree with the
// reference Java implementation of HdrHistogram. One owner thread; no locks. Includes only base/ and the
// layout.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/result.h"
#include "stats/hdr_layout.h"

namespace hopcost {

/// Copying copies the counts. Out of memory is std::bad_alloc, as with any container, except in create(). A
/// moved-from histogram may only be destroyed or assigned to.
class HdrHistogram {
 public:
  /// The range of values and their resolution.
  struct Config {
    std::uint64_t lowest = 1;                 ///< Smallest value to tell apart, from 1.
    std::uint64_t highest = 100'000'000'000;  ///< Largest value to record, 2 * lowest..2^63 - 1.
    int digits = 3;                           ///< Significant decimal digits, 1..5.
    friend bool operator==(const Config&, const Config&) = default;
  };

  /// The default Config: 1 ns to 100 s at 3 digits, 28,672 counters. Only the pages in use take memory.
  HdrHistogram();
  /// Errors: kUsage naming the member out of range; kFailure (ENOMEM) when the counters can't be had.
  [[nodiscard]] static Result<HdrHistogram> create(Config config);

  HdrHistogram(const HdrHistogram& other);
  HdrHistogram& operator=(const HdrHistogram& other);
  HdrHistogram(HdrHistogram&&) noexcept = default;
  HdrHistogram& operator=(HdrHistogram&&) noexcept = default;
  ~HdrHistogram() = default;

  /// Counts one value. False when it is above the configured highest: then it is counted in overflow(),
  /// nowhere else.
  bool record(std::uint64_t value) noexcept { return record_n(value, 1); }
  /// Counts a value n times (n = 0 does nothing).
  bool record_n(std::uint64_t value, std::uint64_t n) noexcept {
    if (value > layout_.highest) [[unlikely]] {
      overflow_ += n;
      return false;
    }
    const std::uint32_t index = layout_.index_of(value);
    use(index >> layout_.half_magnitude);
    counts_[index] += n;
    count_ += n;
    return true;
  }
  /// Counts a value, and to correct for coordinated omission also value - expected_interval, value - 2 *
  /// expected_interval, ... down to expected_interval. An interval of 0 corrects nothing. Takes value /
  /// expected_interval steps. Not for data of an open-loop sender.
  void record_corrected(std::uint64_t value, std::uint64_t expected_interval) noexcept;

  /// Adds another's counts and overflow. Layouts may differ. Errors: kUsage when the other holds a value
  /// above this one's highest; nothing is added then.
  [[nodiscard]] Result<void> merge(const HdrHistogram& other);
  /// This histogram less the counts of `part`, which has the same layout and holds no value that this one
  /// lacks. The overflow is left out.
  [[nodiscard]] HdrHistogram less(const HdrHistogram& part) const;
  /// Forgets all values and the overflow; keeps the layout.
  void reset() noexcept;
  /// Zeroes all counters now, so that no later record() waits for a page from the kernel.
  void take_pages() noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// Values refused for being above the highest. Does not travel with the encoding.
  [[nodiscard]] std::uint64_t overflow() const noexcept { return overflow_; }
  /// Lowest value equivalent to the smallest recorded one; 0 when empty.
  [[nodiscard]] std::uint64_t min() const noexcept;
  /// Highest value equivalent to the largest recorded one; 0 when empty.
  [[nodiscard]] std::uint64_t max() const noexcept;
  /// Mean, each value taken as the middle of its step; 0 when empty.
  [[nodiscard]] double mean() const noexcept;
  /// Standard deviation of the population (divisor n), each value taken as the middle of its step; 0 when
  /// empty.
  [[nodiscard]] double stddev() const noexcept;

  /// The highest value equivalent to the value that a share q (clamped to 0..1) of all values is at or below;
  /// for q = 0 the lowest equivalent of the minimum; 0 when empty.
  [[nodiscard]] std::uint64_t value_at_quantile(double q) const noexcept;
  /// The mid-quantile: linear between the points (middle of a step, share below it plus half the share in
  /// it), flat beyond the outermost ones; 0 when empty. Resolves shifts finer than the step of the clock or
  /// the histogram. Source: Ma, Genton, Parzen, "Asymptotic properties of sample quantiles of discrete
  /// distributions", 2011.
  [[nodiscard]] double interpolated_quantile(double q) const noexcept;
  /// Mean without the share `each_side` (0 to below 0.5) of the values at each end; 0 when empty.
  [[nodiscard]] double trimmed_mean(double each_side) const noexcept;
  /// Number of values whose step overlaps [lo, hi].
  [[nodiscard]] std::uint64_t count_between(std::uint64_t lo, std::uint64_t hi) const noexcept;

  /// f(lowest_equivalent, highest_equivalent, count) for each step with a count, ascending.
  template <class F>
  void for_each(F&& f) const {
    for_each_index([&](std::uint32_t i) { f(layout_.lowest_at(i), layout_.highest_at(i), counts_[i]); });
  }

  [[nodiscard]] Config config() const noexcept { return {layout_.lowest, layout_.highest, layout_.digits}; }
  [[nodiscard]] const HdrLayout& layout() const noexcept { return layout_; }
  /// For codecs. Index below layout().array_length.
  [[nodiscard]] std::uint64_t count_at_index(std::uint32_t index) const noexcept {
    return used_[index >> layout_.half_magnitude] ? counts_[index] : 0;
  }
  /// Index of the last step with a count; 0 when empty.
  [[nodiscard]] std::uint32_t last_index() const noexcept;
  /// For codecs: adds counts at an index. The index may lie in the last bucket's part above the highest
  /// value, which the reference implementation fills as well. The caller keeps the total below 2^63.
  void add_at_index(std::uint32_t index, std::uint64_t n) noexcept;

  /// Same layout, counts and overflow.
  friend bool operator==(const HdrHistogram& a, const HdrHistogram& b) noexcept;

 private:
  struct Free {
    void operator()(std::uint64_t* p) const noexcept { std::free(p); }
  };
  using Counts = std::unique_ptr<std::uint64_t[], Free>;

  HdrHistogram(const HdrLayout& layout, Counts counts) : layout_(layout), counts_(std::move(counts)) {}
  // Not zeroed: use() zeroes a chunk before its first count. Zeroing all counters would take some 0.5 ms of a
  // virtual machine, nearly all of it for pages that are never used.
  [[nodiscard]] static Counts allocate(const HdrLayout& layout) noexcept;
  void use(std::uint32_t chunk) noexcept {
    if (!used_[chunk]) [[unlikely]]
      begin(chunk);
  }
  void begin(std::uint32_t chunk) noexcept;
  void zero(std::uint32_t chunk) noexcept;
  // f(index) for each counter that is not 0, ascending, looking only at the chunks in use.
  template <class F>
  void for_each_index(F&& f) const {
    for (std::uint32_t chunk = 0; chunk < kChunks; ++chunk) {
      if (!used_[chunk]) continue;
      const std::uint32_t end = (chunk + 1) << layout_.half_magnitude;
      for (std::uint32_t i = chunk << layout_.half_magnitude; i < end; ++i)
        if (counts_[i] != 0) f(i);
    }
  }

  // Half a bucket each; at most 1 + 59 of them (1 digit over 63 bits).
  static constexpr std::uint32_t kChunks = 64;

  HdrLayout layout_;
  Counts counts_;
  std::uint64_t count_ = 0;
  std::uint64_t overflow_ = 0;
  std::array<bool, kChunks> used_{};    // has counts
  std::array<bool, kChunks> zeroed_{};  // its counters are valid: all of those that have counts, and others
};

}  // namespace hopcost
