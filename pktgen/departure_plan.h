// When packets are to leave: planned ahead from a seed, whatever became of earlier ones. Pure arithmetic, so
// that it is tested without a clock. One owner thread; no allocation.
#pragma once

#include <cmath>
#include <cstdint>

namespace hopcost::pktgen {

/// How the gaps between departures are drawn.
enum class Gap {
  kConstant,
  kJittered,  ///< Uniform within 10 % of the mean: breaks phase locking with ticks.
  kPoisson,   ///< Exponential.
};

/// Random numbers that are the same on every machine: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014, figure
/// 17).
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}
  [[nodiscard]] std::uint64_t bits() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// In [0, 1), 53 bits.
  [[nodiscard]] double unit() noexcept { return static_cast<double>(bits() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

/// Offsets from the start of a run, in ticks, of one departure (a burst of 1 or more packets) after the
/// other.
class DeparturePlan {
 public:
  /// `mean_gap` is between departures, in ticks, above 0. The first departure is at offset 0.
  DeparturePlan(Gap gap, double mean_gap, std::uint64_t seed) noexcept
      : gap_(gap), mean_(mean_gap), random_(seed) {}

  /// The planned offset of the departure at hand.
  [[nodiscard]] std::uint64_t offset() const noexcept { return whole_; }

  /// Goes on to the next one. The fraction is kept apart, so that a long run does not drift.
  void advance() noexcept {
    double factor = 1;
    if (gap_ == Gap::kJittered) factor = 0.9 + 0.2 * random_.unit();
    if (gap_ == Gap::kPoisson) factor = -std::log1p(-random_.unit());
    fraction_ += mean_ * factor;
    const auto ticks = static_cast<std::uint64_t>(fraction_);
    whole_ += ticks;
    fraction_ -= static_cast<double>(ticks);
  }

  [[nodiscard]] double mean_gap() const noexcept { return mean_; }

 private:
  Gap gap_;
  double mean_;
  std::uint64_t whole_ = 0;
  double fraction_ = 0;
  Random random_;
};

}  // namespace hopcost::pktgen
