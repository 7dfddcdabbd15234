// One figure a build, over builds: the estimate, its interval, and what the builds differ by. Pure. Includes
// base, stats.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "campaign/figures/measured.h"
#include "stats/series.h"
#include "stats/slowness.h"

namespace hopcost::campaign {

/// By build that counts: a figure, where that build has it.
using ByBuild = std::vector<std::optional<Spread>>;

/// A contrast over builds: from as few as one build there is an estimate, from six an interval.
struct OverBuilds {
  SeriesShift series;
  Interval within{0, 0};  ///< What the interval would be if all builds were alike.
  std::optional<double>
      between_sd;        ///< Of the builds' figures, the scatter within taken off; from two builds on.
  double within_se = 0;  ///< Standard error of the estimate from the pairs' scatter alone.
  Slope slope;           ///< By how much it grows as host does; 0 where it is as the run went.
  double speed_se = 0;   ///< Standard error that is from the slope.
  [[nodiscard]] const Shift& shift() const noexcept { return series.shift; }
  [[nodiscard]] std::size_t builds() const noexcept { return series.shift.n; }
  [[nodiscard]] bool known() const noexcept { return series.shift.enough; }
};

/// Of one figure a build, in the order of the builds, as the run went. `looked_before`: as for shift_of().
[[nodiscard]] OverBuilds over_builds(const ByBuild& figures, std::size_t looked_before = 0);

}  // namespace hopcost::campaign
