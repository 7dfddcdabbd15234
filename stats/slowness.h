// Figures taken while the CPU was now faster, now slower, brought to one speed: analysis of covariance. A
// figure is of one moment; moments belong to builds, which are the independent units. Safe from any thread.
// Includes nothing of ours but stats/paired.h.
#pragma once

#include <span>
#include <vector>

#include "stats/paired.h"

namespace hopcost {

/// How long the same piece of work took, measured twice at each of a build's moments, ns. Both have as many
/// readings. A reading that is not finite counts as none.
struct Readings {
  std::vector<double> one, two;
};

/// How slow the CPU was.
struct Slowness {
  /// By build and moment: how much longer the work took than undisturbed, ns. Scatter of only one of the two
  /// readings is noise, and is shrunk away (regression calibration: Carroll, Ruppert, Stefanski, Crainiceanu,
  /// "Measurement Error in Nonlinear Models", chapter 4). A moment without two readings, or whose two are too
  /// far apart to show the CPU's speed, counts as the build's other moments; where a build has none, as the
  /// median.
  std::vector<std::vector<double>> over;
  /// How long the work takes while nobody disturbs the CPU, ns: the fastest speed around which many moments
  /// crowd, searched from the fastest twentieth upwards. About the median when the speed does not change.
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

/// Least squares with Huber's weights (Huber, Ronchetti, "Robust Statistics", chapter 7), weighed against
/// what is known without looking: the growth is anywhere in `range`. With fewer than 3 builds it is the
/// middle of `range`. `figures`: by build and moment, as in slowness.over; those that are not finite are left
/// out.
[[nodiscard]] Slope slope_of(std::span<const std::vector<double>> figures, const Slowness& slowness,
                             Interval range);

}  // namespace hopcost
