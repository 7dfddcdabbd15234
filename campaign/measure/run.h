// The measuring itself: builds on a bench until the answer is narrow enough or the budget is spent. Includes
// base.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "campaign/bench/bench.h"
#include "campaign/design/config.h"
#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// Where a run stands, told after each slot and each build.
struct Progress {
  const Measured& measured;
  const std::vector<CostSoFar>& costs;  ///< As of the last build that is over.
  std::size_t builds_wanted = 0;  ///< In all: asked for, or what the target takes, or the budget allows.
  double elapsed_s = 0, left_s = 0;
  bool build_over = false;
};

/// Runs builds. A stop signal or a child's failure ends the run early, with what there is. A build whose
/// settings changed under way is left out.
[[nodiscard]] Measured measure(Bench& bench, const Config& config,
                               const std::function<void(const Progress&)>& tell);

/// What a bench measures, before the first build.
[[nodiscard]] Measured nothing_yet(const Bench& bench, const Config& config);

/// By mode of the bench, how many points lie before its path's end.
[[nodiscard]] std::vector<std::size_t> interior_points(const Bench& bench);

}  // namespace hopcost::campaign
