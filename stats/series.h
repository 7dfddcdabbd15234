// The shift that a series of figures shows, when figures that follow each other may be alike: the interval of
// stats/paired.h, made as wide as the series' slow waves say, its p-value, and the test of equivalence.
// Figures are finite, in the order they were taken. Safe from any thread. Includes nothing of ours but
// stats/paired.h.
#pragma once

#include <cstddef>
#include <span>

#include "stats/paired.h"

namespace hopcost {

/// A shift and how sure it is. Figures that follow each other and are alike tell less than as many
/// independent ones, and how much less shows in the slow waves of the series:
/// - A figure pulls the Hodges-Lehmann estimate by its rank: the number of its Walsh averages above the
///   estimate. An outlier is one rank among others.
/// - The ranks of independent figures have all waves, slow and fast, equally large: their mean square is
///   n (n + 1) / 12. A series that wanders has larger slow ones, and they are what moves the estimate.
/// - So the interval is widened by the root of the slowest waves' mean square over n (n + 1) / 12. Few waves
///   tell little: Student's t of as many degrees of freedom replaces that of n - 1.
/// Source: Lazarus, Lewis, Stock, Watson, "HAR Inference: Recommendations for Practice", J. Bus. Econ. Stat.
/// 36 (2018), there of means; ranks instead of figures, and the number of waves, are by simulation
/// (doc/measuring.md, "How sure the intervals are").
struct SeriesShift {
  Shift shift;         ///< The estimate is hodges_lehmann()'s, the interval at 95 % widened.
  double widened = 1;  ///< How many times the half-widths of independent figures; may be below 1.
  double degrees = 0;  ///< Of freedom: the waves looked at.
  /// Two-sided, of "no shift": Student's t of the estimate over the standard error on its side of the
  /// interval. Below 0.05 exactly when the interval leaves 0 out.
  double p_value = 1;
};

/// The waves looked at: the square root of n, rounded. The k-th is a cosine of k half periods over the
/// series.
[[nodiscard]] std::size_t waves(std::size_t n) noexcept;

/// `looked_before`: for a run that ended because the interval was narrow, both now and when the series had
/// this many figures. It gets the wider of the two intervals, because luck may have made the last one narrow.
/// 0: the run ended otherwise. Errors: none; as hodges_lehmann() with too few.
[[nodiscard]] SeriesShift shift_of(std::span<const double> series, std::size_t looked_before = 0);

/// The same with a further standard error of something that all figures have in common. It is 0 or above, and
/// has its own degrees of freedom.
[[nodiscard]] SeriesShift less_sure(SeriesShift series, double standard_error, double degrees);

/// Whether a shift was shown to be as good as none.
struct Equivalence {
  bool equivalent = false;  ///< Shown: the whole interval `ci` lies inside the margin.
  Interval ci;              ///< At confidence 1 - 2 * alpha.
  double p_value = 1.0;     ///< The larger of the two one-sided p-values.
  bool enough = false;      ///< As in Shift.
};

/// Two one-sided tests (Schuirmann 1987), by the standard errors of shift_of(): whether the shift is within
/// +-margin (above 0).
[[nodiscard]] Equivalence equivalence_of(const SeriesShift& series, double margin, double alpha = 0.05);

}  // namespace hopcost
