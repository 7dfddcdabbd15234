// The shift that a series of figures shows, when figures that follow each other may be alike: the interval of
// stats/paired.h, widened by what their autocorrelation says. Figures are finite, in the order they were
// taken. Safe from any thread. Includes nothing of ours but stats/paired.h.
#pragma once

#include <span>

#include "stats/paired.h"

namespace hopcost {

/// Autocorrelation of neighbours, by normal scores, so that no outlier decides it; corrected for the bias of
/// a short series (Kendall 1954). 0 to 0.8: what alternates counts as independent. 0 below kLagNeeds figures.
[[nodiscard]] double lag1(std::span<const double> series) noexcept;
inline constexpr std::size_t kLagNeeds = 8;

struct SeriesShift {
  Shift shift;         ///< The estimate is hodges_lehmann()'s; interval and p-value allow for the lag.
  double lag = 0;      ///< lag1().
  double widened = 1;  ///< The interval's half-widths are so many times those of independent figures.
};

/// Errors: none; as hodges_lehmann() with too few.
[[nodiscard]] SeriesShift shift_of(std::span<const double> series, double confidence = 0.95);

/// tost() with the same allowance.
[[nodiscard]] Equivalence equivalence_of(std::span<const double> series, double margin, double alpha = 0.05);

}  // namespace hopcost
