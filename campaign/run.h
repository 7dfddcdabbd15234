// The measuring itself: blocks on a testbed until the answer is narrow enough or the budget is spent.
// Includes base.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/cpu_clocks.h"
#include "campaign/analysis.h"
#include "campaign/config.h"
#include "campaign/testbed.h"

namespace hopcost::campaign {

/// Where a run stands, told after each slot.
struct Progress {
  std::uint32_t block = 0;  ///< from 0.
  std::size_t slot = 0, slots = 0;
  std::uint64_t voids = 0;
  double elapsed_s = 0, left_s = 0;
  std::optional<double> half_width_ns;  ///< the widest cost interval so far.
};

/// What was measured. Slots of an unfinished block are among them; contrasts leave them out by themselves.
struct Measured {
  std::vector<MeasuredPath> paths;
  std::vector<SlotResult> slots;
  double elapsed_s = 0;
  std::string partial_reason;  ///< why it ended early; empty when it did not.
  ClockFacts clocks = {};      ///< looked at before the first block.
};

/// Runs blocks. A stop signal or a child's failure ends it early, with what there is; so does a drift of the
/// modes' settings, and then the last block is left out.
[[nodiscard]] Measured measure(Testbed& bed, const Config& config,
                               const std::function<void(const Progress&)>& tell);

}  // namespace hopcost::campaign
