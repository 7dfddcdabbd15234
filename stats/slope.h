// How figures grow with the CPU's slowness, and how far they scatter at which. Each figure was taken at one
// moment; moments belong to builds, which are the independent units. Safe from any thread. Includes nothing
// of ours but stats/paired.h.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "stats/paired.h"

namespace hopcost {

/// A figure of one moment.
struct Moment {
  double figure = 0;      ///< May be infinite.
  double over = 0;        ///< How slow the CPU was, ns, with a reading's noise (Slowness::over),
  double expected = 0;    ///< and by another reading (Slowness::expected).
  std::size_t build = 0;  ///< Which build it belongs to, from 0.
  double weight = 1;      ///< Proportional to one over the figure's variance.
};

/// How figures grow with slowness.
struct Slope {
  double value = 0;  ///< ns per ns, for figures in ns.
  double error = 0;  ///< Standard error, with builds as the units.
  /// By build: how far its figures' deviations have moved `value`. Empty where they have not, because figures
  /// tell nothing of it or its range ends there.
  std::vector<double> pulls = {};
};

/// The instrumental-variable estimate, with Moment::expected as the instrument: the first reading's noise
/// would flatten the slope of a plain regression (Fuller, "Measurement Error Models", section 1.4). It has
/// Huber's weights (Huber, Ronchetti, "Robust Statistics", chapter 7). It is combined with a normal prior
/// that has the mean and variance of a uniform one over `range`, and is always in `range`. With fewer than 3
/// builds, or where the CPU's speed did not change as expected, it is the middle. Figures that are not finite
/// are left out. `builds`: how many there are.
[[nodiscard]] Slope slope_of(std::span<const Moment> moments, std::size_t builds, Interval range);

/// Sets each moment's weight: one over the variance that figures, brought to the undisturbed speed with
/// `slope`, have among the moments when the CPU was expected to be about as slow. As many groups as have 60
/// moments each, at most 12. Scatter never falls with slowness: groups for which it would are put together
/// (isotonic regression: Robertson, Wright, Dykstra, "Order Restricted Statistical Inference", chapter 1).
/// With one group all weights are 1. No weight is above 16 times that of figures that scatter as most do.
void weigh(std::span<Moment> moments, double slope);

/// How far figures scatter where the CPU is that slow: at + growth × slowness, but `least` at least. In the
/// unit of the figures.
struct Scattering {
  double at = 0, growth = 0, least = 0;
  [[nodiscard]] double operator()(double slowness) const noexcept {
    return std::max(at + growth * slowness, least);
  }
};

/// Fits how figures' distances from their middle (0 or above) grow with slowness, by least squares; distances
/// of more than five times their median count as that. Scatter never falls with slowness, and is nowhere
/// below a quarter of its mean. Both vectors have one entry per figure, at least one.
[[nodiscard]] Scattering scatter_by(std::span<const double> slowness, std::span<const double> distances);

}  // namespace hopcost
