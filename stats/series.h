// The shift that a series of figures shows when neighbouring figures may be correlated: the interval of
// stats/paired.h widened by the series' slow waves, its p-value, and the test of equivalence. Figures are
// finite and in the order they were taken. Safe from any thread. Includes nothing of ours but stats/paired.h.
#pragma once

#include <cstddef>
#include <span>

#include "stats/paired.h"

namespace hopcost {

/// A shift and how sure it is. Correlated neighbours tell less than the same number of independent figures;
/// how much less shows in the slow waves of the series:
/// - A figure pulls the Hodges-Lehmann estimate by its rank: the number of its Walsh averages above the
///   estimate. An outlier is one rank among others.
/// - In the ranks of independent figures all waves, slow and fast, are equally large: their mean square is n
///   (n + 1) / 12. A series that wanders has larger slow waves, and these move the estimate.
/// - So the interval is widened by the root of the slowest waves' mean square over n (n + 1) / 12. Few waves
///   tell little: Student's t of as many degrees of freedom replaces that of n - 1.
/// Source: Lazarus, Lewis, Stock, Watson, "HAR Inference: Recommendations for Practice", J. Bus. Econ. Stat.
/// 36 (2018), which treats means. The use of ranks and the number of waves were chosen by simulation
/// (doc/accuracy.md, "How sure the intervals are").
struct SeriesShift {
  Shift shift;         ///< The estimate is hodges_lehmann()'s, the interval at 95 % widened.
  double widened = 1;  ///< Factor on the half-widths that independent figures would have; may be below 1.
  double degrees = 0;  ///< Degrees of freedom: the number of waves used.
  /// Two-sided p-value of "no shift": Student's t of the estimate over the standard error on the interval's
  /// side towards 0. Below 0.05 exactly when the interval excludes 0.
  double p_value = 1;
};

/// How many waves are used for n figures: the square root of n, rounded. The k-th wave is a cosine of k half
/// periods over the series.
[[nodiscard]] std::size_t waves(std::size_t n) noexcept;

/// The series' shift, as hodges_lehmann() with too few figures. `looked_before` is for a run that ended
/// because the interval was narrow, both now and when the series had this many figures. The result then gets
/// the wider of the two intervals, because luck may have made the last one narrow. 0: the run ended
/// otherwise.
[[nodiscard]] SeriesShift shift_of(std::span<const double> series, std::size_t looked_before = 0);

/// The same shift, widened by a standard error that all figures have in common. `standard_error` is 0 or
/// above and has its own `degrees` of freedom.
[[nodiscard]] SeriesShift less_sure(SeriesShift series, double standard_error, double degrees);

/// Whether a shift was shown to be negligible.
struct Equivalence {
  bool equivalent = false;  ///< Shown: the whole interval `ci` lies inside the margin.
  Interval ci;              ///< The shift's, at confidence 1 - 2 * alpha.
  double p_value = 1.0;     ///< The larger of the two one-sided p-values.
  bool enough = false;      ///< As in Shift.
};

/// Whether the shift is within +-margin (above 0): two one-sided tests (Schuirmann 1987) with the standard
/// errors of shift_of().
[[nodiscard]] Equivalence equivalence_of(const SeriesShift& series, double margin, double alpha = 0.05);

}  // namespace hopcost
