// Quantiles of figures in ascending order. Header only; safe from any thread. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <span>

namespace hopcost {

/// Interquartile range of a normal distribution, in standard deviations.
inline constexpr double kIqrOfSd = 1.349;

/// Quantile `q` (0..1), linear between neighbours. `sorted` is ascending and not empty; it may hold infinite
/// figures.
[[nodiscard]] inline double quantile_of_sorted(std::span<const double> sorted, double q) {
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double share = place - static_cast<double>(below);
  return share == 0 ? sorted[below] : sorted[below] + (sorted[below + 1] - sorted[below]) * share;
}

}  // namespace hopcost
