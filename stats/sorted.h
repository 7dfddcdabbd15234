// Quantiles of figures, and the SD that they show. Header only; safe from any thread. Includes nothing of
// ours.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace hopcost {

/// Interquartile range of a normal distribution, in standard deviations.
inline constexpr double kIqrOfSd = 1.349;

/// Standard error of the median over that of the mean, of normally distributed figures.
inline constexpr double kMedianOfMean = 1.2533;

/// Quantile `q` (0..1), linear between neighbours. `sorted` is ascending and not empty; it may hold infinite
/// figures.
[[nodiscard]] inline double quantile_of_sorted(std::span<const double> sorted, double q) {
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double share = place - static_cast<double>(below);
  return share == 0 ? sorted[below] : sorted[below] + (sorted[below + 1] - sorted[below]) * share;
}

/// `values`: at least one; may be infinite, not NaN.
[[nodiscard]] inline double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  return quantile_of_sorted(values, 0.5);
}

/// Standard deviation that the quartiles of normally distributed figures would show. `values`: at least one.
[[nodiscard]] inline double sd_by_quartiles(std::vector<double> values) {
  const auto n = static_cast<std::ptrdiff_t>(values.size());
  const auto lower = values.begin() + n / 4, upper = values.begin() + (n - 1) - n / 4;
  std::ranges::nth_element(values, upper);
  const double high = *upper;
  std::nth_element(values.begin(), lower, upper);
  return (high - *lower) / kIqrOfSd;
}

}  // namespace hopcost
