// The measuring itself: makes builds on a bench until the intervals are narrow enough or the budget is spent.
// Includes bench, design, figures.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "campaign/bench/bench.h"
#include "campaign/design/config.h"
#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// How far a run is, reported after each slot and each build.
struct Progress {
  const Measured& measured;
  const std::vector<CostSoFar>& costs;  ///< As of the last build that they were computed after.
  std::size_t builds_wanted = 0;  ///< In total: as configured, or as many as the target takes, or as the
                                  ///< budget allows.
  double elapsed_s = 0, left_s = 0;
  bool build_over = false;
};

/// Runs builds. A stop signal or a child's failure ends the run early, and the result has what was measured
/// until then. A build whose settings changed while it ran is left out. `tell` is called after each slot and
/// each build.
[[nodiscard]] Measured measure(Bench& bench, const Config& config,
                               const std::function<void(const Progress&)>& tell);

/// A result without builds: what the bench is going to measure.
[[nodiscard]] Measured nothing_yet(const Bench& bench, const Config& config);

/// For each mode of the bench, how many points lie before the end of its path.
[[nodiscard]] std::vector<std::size_t> interior_points(const Bench& bench);

}  // namespace hopcost::campaign
