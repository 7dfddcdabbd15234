// One time line per host: the CPU's counter (base/cpu_counter.h), fitted against a kernel clock. Each
// TscClock belongs to one thread. Includes only base/.
#pragma once

#include <time.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/cpu_counter.h"
#include "base/result.h"
#include "base/wide.h"

namespace hopcost {

/// A kernel clock in ns (since the epoch for CLOCK_REALTIME).
[[nodiscard]] std::uint64_t kernel_clock_ns(clockid_t clock) noexcept;

/// How far CLOCK_REALTIME may be from true time, ns, as whatever synchronises it told the kernel
/// (adjtimex(2), maxerror and offset). Nothing while it is not synchronised, or by a program that estimates
/// no error.
[[nodiscard]] std::optional<std::uint64_t> max_clock_error_ns() noexcept;

/// Maps Tsc to nanoseconds of a kernel clock by least squares over the last kAnchors bracketed readings. Call
/// anchor() every few milliseconds in idle moments: this keeps the extrapolation short and follows a slewed
/// clock.
class TscClock {
 public:
  static constexpr std::size_t kAnchors = 64;

  /// Takes readings for `duration` (at least 5 ms) and fits. Errors: kMissing when the counter does not
  /// advance at a steady rate.
  [[nodiscard]] static Result<TscClock> calibrate(
      clockid_t clock = CLOCK_REALTIME, std::chrono::milliseconds duration = std::chrono::milliseconds(40));

  /// Nanoseconds on the fitted clock.
  [[nodiscard]] std::uint64_t to_ns(Tsc t) const noexcept {
    const auto delta = static_cast<std::int64_t>(t.ticks - origin_tsc_);
    return origin_ns_ + static_cast<std::uint64_t>(scaled(delta, mult_));
  }
  [[nodiscard]] std::uint64_t now_ns() const noexcept { return to_ns(Tsc::now()); }

  /// Ticks in a span of ns, rounded to nearest.
  [[nodiscard]] std::uint64_t ticks_in(double ns) const noexcept {
    return static_cast<std::uint64_t>(ns * ticks_per_ns_ + 0.5);
  }
  [[nodiscard]] double ticks_per_ns() const noexcept { return ticks_per_ns_; }
  /// Ticks to ns, for spans.
  [[nodiscard]] double span_ns(std::uint64_t ticks) const noexcept {
    return static_cast<double>(ticks) / ticks_per_ns_;
  }

  /// Takes one reading (some 100 ns) and refits.
  void anchor() noexcept;

  /// Standard uncertainty of to_ns near the last anchor: residual scatter of the fit and half the narrowest
  /// bracket.
  [[nodiscard]] double uncertainty_ns() const noexcept { return uncertainty_ns_; }

 private:
  struct Reading {
    std::uint64_t tsc;  // middle of the bracket
    std::uint64_t ns;
    std::uint64_t bracket;  // ticks
  };

  explicit TscClock(clockid_t clock) : clock_(clock) {}
  [[nodiscard]] Reading read() const noexcept;
  void fit() noexcept;

  clockid_t clock_;
  std::array<Reading, kAnchors> readings_{};
  std::size_t count_ = 0;
  std::uint64_t origin_tsc_ = 0;
  std::uint64_t origin_ns_ = 0;
  std::int64_t mult_ = std::int64_t{1} << kFractionBits;  // ns per tick, 32.32
  double ticks_per_ns_ = 1.0;
  double uncertainty_ns_ = 0.0;
};

}  // namespace hopcost
