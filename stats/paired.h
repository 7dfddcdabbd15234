// How much more one mode costs than another, from one difference per unit (a build, a slot): shift, interval,
// and the smallest shift that could have been seen. Packets are never pooled. Differences are finite, in ns
// and of any sign. They are assumed to be independent; stats/series.h does without that assumption, and has
// the tests. Safe from any thread. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hopcost {

/// A closed interval.
struct Interval {
  double lo = 0.0;
  double hi = 0.0;
  /// Whether x is in it.
  [[nodiscard]] bool holds(double x) const noexcept { return lo <= x && x <= hi; }
  [[nodiscard]] double half_width() const noexcept { return (hi - lo) / 2.0; }
};

/// By how much one of two things is above the other, in the differences' unit.
struct Shift {
  double estimate = 0.0;  ///< Hodges-Lehmann: the median of the Walsh averages; 0 without differences.
  Interval ci;            ///< -inf to +inf when there are not enough differences.
  std::size_t n = 0;
  bool enough = false;  ///< Whether n is large enough for the confidence: at 0.95 from 6, at 0.90 from 5.
};

/// Shift with its Wilcoxon signed-rank interval. The signed-rank distribution is exact up to kExactSignedRank
/// differences; the interval covers the true shift with at least the confidence asked for, also with ties and
/// zeros.
[[nodiscard]] Shift hodges_lehmann(std::span<const double> differences, double confidence = 0.95);

/// Smallest number of differences for which an interval of this confidence exists.
[[nodiscard]] std::size_t units_needed(double confidence);

/// Holm's step-down adjustment (1979). The adjusted p-values, in the order given, are each compared with the
/// level of the whole family.
[[nodiscard]] std::vector<double> holm(std::span<const double> p_values);

/// The shift that the same number of units with the same scatter would find (two-sided, at level alpha) with
/// probability `power`: the half-width of `shift`'s interval at 1 - alpha times (z(1 - alpha/2) + z(power)) /
/// z(1 - alpha/2). +inf when there is no interval.
[[nodiscard]] double minimum_detectable_effect(const Shift& shift, double alpha = 0.05, double power = 0.8);

}  // namespace hopcost
