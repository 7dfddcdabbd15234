// Adjusts figures for the CPU's speed, which changes between moments: analysis of covariance. Each figure was
// taken at one moment; moments belong to builds, which are the independent units. Safe from any thread.
// Includes nothing of ours but stats/paired.h.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "stats/paired.h"

namespace hopcost {

/// How long the same piece of work took, measured twice at each of a build's moments, ns. Both vectors have
/// one entry per moment. An entry that is not finite counts as no reading.
struct Readings {
  std::vector<double> one, two;
};

/// How slow the CPU was.
struct Slowness {
  /// By build and moment: how much longer the work took than `undisturbed`, ns. The two readings' differences
  /// show the noise, by which the figures are shrunk towards their mean (regression calibration: Carroll,
  /// Ruppert, Stefanski, Crainiceanu, "Measurement Error in Nonlinear Models", chapter 4). A moment without
  /// two readings, or with two that are too far apart to show the CPU's speed, gets the median of the build's
  /// other moments; in a build without any, the median of all.
  std::vector<std::vector<double>> over;
  /// How long the work takes while nobody disturbs the CPU, ns: the shortest time around which many moments
  /// cluster, searched from the fastest twentieth of the moments towards longer times. About the median when
  /// the speed does not change.
  double undisturbed = 0;
  double middle = 0;  ///< Median of all moments, ns.
};

/// Without readings all figures are 0.
[[nodiscard]] Slowness slowness_of(std::span<const Readings> builds);

/// How figures grow with Slowness::over.
struct Slope {
  double value = 0;  ///< ns per ns, for figures in ns.
  double error = 0;  ///< Standard error, with builds as the units.
  /// By build: how far its figures' deviations have moved `value`. Empty where they have not, because figures
  /// tell nothing of it or its range ends there.
  std::vector<double> pulls = {};
};

/// Least squares with Huber's weights (Huber, Ronchetti, "Robust Statistics", chapter 7), combined with the
/// prior that the slope is anywhere in `range`, equally likely. The result is always in `range`; with fewer
/// than 3 builds it is the middle. `figures` are by build and moment, as in slowness.over; those that are not
/// finite are left out. `exactness`: by build, proportional to one over the SD of its figures; empty: all are
/// as exact.
[[nodiscard]] Slope slope_of(std::span<const std::vector<double>> figures, const Slowness& slowness,
                             Interval range, std::span<const double> exactness = {});

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
