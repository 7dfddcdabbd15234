// Combines a figure with one value per build: the estimate over builds, its interval, and how much the builds
// differ. Pure. Includes base, stats.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "campaign/figures/measured.h"
#include "stats/series.h"
#include "stats/slope.h"

namespace hopcost::campaign {

/// By build that counts: its figure; nothing where the build has none.
using ByBuild = std::vector<std::optional<Spread>>;

/// A figure over builds: one build gives an estimate, six give an interval.
struct OverBuilds {
  SeriesShift series;
  Interval within{0, 0};  ///< What the interval would be if all builds were alike.
  /// Standard deviation of the builds' figures, without the scatter within builds; from two builds on.
  std::optional<double> between_sd;
  double within_se = 0;   ///< Standard error of the estimate, from the scatter of pairs alone,
  double between_se = 0;  ///< and from what builds scatter beyond that. Without the CPU's speed.
  double within_sd = 0;   ///< Root mean square, over builds, of what pairs leave open in a build's figure.
  Slope slope;            ///< How it grows with the CPU's slowness; 0 where it is not adjusted for that.
  double speed_se = 0;    ///< Standard error that comes from the slope.
  [[nodiscard]] const Shift& shift() const noexcept { return series.shift; }
  [[nodiscard]] std::size_t builds() const noexcept { return series.shift.n; }
  [[nodiscard]] bool known() const noexcept { return series.shift.enough; }
};

/// Combines `figures`, which are in the order of the builds, without adjusting for the CPU's speed.
/// `looked_before`: as for shift_of(). `exactness`: by build, proportional to one over the SD of its figure;
/// empty: all are as exact. A build counts in proportion to its exactness: the estimate is the one around
/// which the figures' distances, each times its build's exactness, have a Hodges-Lehmann estimate of 0. These
/// products scatter alike, as the signed-rank interval wants it. (Weights of one over the variance would be
/// a little better where the SDs are known, and the products would not scatter alike.)
[[nodiscard]] OverBuilds over_builds(const ByBuild& figures, std::size_t looked_before = 0,
                                     const std::vector<double>& exactness = {});

}  // namespace hopcost::campaign
