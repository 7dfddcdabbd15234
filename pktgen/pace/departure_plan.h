// When packets are to leave. The plan follows from a seed and does not depend on what became of earlier
// packets. Pure arithmetic, so it is tested without a clock. One owner thread; no allocation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "base/random.h"

namespace hopcost::pktgen {

/// Most packets in one departure.
inline constexpr std::uint32_t kMaxBurst = 65536;

/// How the gaps between departures are drawn.
enum class Gap {
  kConstant,
  kJittered,  ///< Uniform within 10 % of the mean: breaks phase locking with ticks.
  kPoisson,   ///< Exponential.
};

/// A stretch of a run over which the rate changes linearly. Rates are departures per tick, above 0.
struct RateStep {
  double ticks;
  double from, to;
};

/// The planned departures (bursts of 1 or more packets) one after the other, as offsets in ticks from the
/// run's start.
class DeparturePlan {
 public:
  /// `mean_gap`: ticks between departures, above 0. The first departure is at offset 0.
  DeparturePlan(Gap gap, double mean_gap, std::uint64_t seed) noexcept
      : gap_(gap), mean_(mean_gap), random_(seed) {}

  /// Departures come in trains: `n` of them `gap` ticks apart, then a pause that keeps the mean gap. Only the
  /// pause is jittered or exponential; it is never below 0. (n - 1) * gap must be below n mean gaps.
  void set_train(std::uint32_t n, double gap) noexcept {
    train_ = n;
    train_gap_ = gap;
  }
  /// The rate follows `steps` instead of the mean gap; after the last step its final rate goes on. `steps`
  /// must outlive the plan.
  void set_steps(std::span<const RateStep> steps) noexcept { steps_ = steps; }

  /// Puts the first departure at offset `ticks`. Call before the first advance().
  void set_phase(std::uint64_t ticks) noexcept { whole_ = ticks; }
  /// Moves the current departure to `offset` and sets the mean gap of the ones after it. Steps no longer
  /// apply; a new train begins.
  void rebase(std::uint64_t offset, double mean_gap) noexcept {
    whole_ = offset;
    fraction_ = 0;
    mean_ = mean_gap;
    steps_ = {};
    in_train_ = 0;
  }

  /// Shifts the plan so that later departures (or trains) fall a whole number of their distances before or
  /// after `phase`, an offset. Call for a departure just made that begins a train. The plan moves back by
  /// half a gap at most, so that the next departure is not due at once; forward by up to one distance.
  void align(double phase) noexcept {
    const double distance = train_ * mean_;
    const double next = train_ > 1 ? train_gap_ : mean_;
    const double least = std::max(0.0, static_cast<double>(whole_) - next / 2);
    const double to = phase + std::ceil((least - phase) / distance) * distance;
    whole_ = static_cast<std::uint64_t>(to);
    fraction_ = to - static_cast<double>(whole_);
  }

  /// The planned offset of the current departure, in ticks.
  [[nodiscard]] std::uint64_t offset() const noexcept { return whole_; }

  /// Goes on to the next departure. The fraction of a tick is kept apart, so that a long run does not drift.
  void advance() noexcept {
    double factor = 1;
    if (gap_ == Gap::kJittered) factor = 0.9 + 0.2 * random_.unit();
    if (gap_ == Gap::kPoisson) factor = -std::log1p(-random_.unit());
    const double mean = steps_.empty() ? mean_ : gap_by_steps();
    if (train_ > 1 && ++in_train_ < train_) {
      fraction_ += train_gap_;
    } else {
      in_train_ = 0;
      fraction_ += factor * std::max(0.0, mean + (train_ - 1) * (mean - train_gap_));
    }
    const auto ticks = static_cast<std::uint64_t>(fraction_);
    whole_ += ticks;
    fraction_ -= static_cast<double>(ticks);
  }

  [[nodiscard]] double mean_gap() const noexcept { return mean_; }

 private:
  /// The next gap at the steps' rate: the one over which the rate's integral is 1.
  [[nodiscard]] double gap_by_steps() noexcept {
    while (step_ + 1 < steps_.size() && static_cast<double>(whole_) >= step_begin_ + steps_[step_].ticks)
      step_begin_ += steps_[step_++].ticks;
    const RateStep& s = steps_[step_];
    const double done = (static_cast<double>(whole_) - step_begin_) / s.ticks;
    if (done >= 1) return 1 / s.to;
    const double rate = s.from + (s.to - s.from) * done;
    const double slope = (s.to - s.from) / s.ticks;
    const double square = rate * rate + 2 * slope;
    return slope == 0 || square <= 0 ? 1 / rate : (std::sqrt(square) - rate) / slope;
  }

  Gap gap_;
  double mean_;
  std::uint32_t train_ = 1, in_train_ = 0;
  double train_gap_ = 0;
  std::span<const RateStep> steps_;
  std::size_t step_ = 0;
  double step_begin_ = 0;
  std::uint64_t whole_ = 0;
  double fraction_ = 0;
  Random random_;
};

}  // namespace hopcost::pktgen
