// Figures taken while the CPU was now faster, now slower, brought to one speed: analysis of covariance. A
// figure is of one moment; moments belong to builds, which are the independent units. Safe from any thread.
// Includes nothing of ours but stats/paired.h.
#pragma once

#include <span>
#include <vector>

#include "stats/paired.h"

namespace hopcost {

/// What one and the same piece of work took twice at each of a build's moments, ns: as many of each. One that
/// is not finite is none.
struct Readings {
  std::vector<double> one, two;
};

/// How slow the CPU was.
struct Slowness {
  /// By build and moment, how much longer than undisturbed the work took, ns. What only one of both readings
  /// scatters by is shrunk away (regression calibration: Carroll, Ruppert, Stefanski, Crainiceanu,
  /// "Measurement Error in Nonlinear Models", chapter 4). Where there are no two readings, or they are too
  /// far apart to tell of the CPU's speed: as the build's other moments; where a build has none, the middle.
  std::vector<std::vector<double>> over;
  /// What the work takes while nobody disturbs the CPU, ns: the nearest crowd of moments, looked for from the
  /// fastest twentieth upwards. About the middle when the speed does not change.
  double undisturbed = 0;
  double middle = 0;  ///< Median of all moments, ns.
};

/// All is 0 without readings.
[[nodiscard]] Slowness slowness_of(std::span<const Readings> builds);

/// How figures grow with slowness.
struct Slope {
  double value = 0;  ///< ns a ns, for figures in ns.
  double error = 0;  ///< Standard error, with builds as the units.
};

/// Least squares with Huber's weights (Huber, Ronchetti, "Robust Statistics", chapter 7), weighed with what
/// is known without looking: that it is anywhere in `range`; with fewer than 3 builds its middle. `figures`:
/// by build and moment, as in slowness.over; those that are not finite tell nothing.
[[nodiscard]] Slope slope_of(std::span<const std::vector<double>> figures, const Slowness& slowness,
                             Interval range);

}  // namespace hopcost
