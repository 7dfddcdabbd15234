// What is built each time, and who sends through it: the paths of a run, and its lanes at each level. Set-up
// only; includes nsglue's descriptions.
#pragma once

#include <vector>

#include "base/result.h"
#include "campaign/bench/lanes.h"
#include "campaign/bench/modes.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// What is built each time, and who sends through it.
struct Layout {
  std::vector<nsglue::Topology> topologies;  ///< A path each.
  std::vector<Lane> lanes;                   ///< With the paths of the first level.
  /// By level: the same lanes with that level's paths. Empty: every level has those of `lanes`.
  std::vector<std::vector<Lane>> levels = {};

  /// Of one level.
  [[nodiscard]] const std::vector<Lane>& at(std::size_t level) const {
    return levels.empty() ? lanes : levels[level];
  }
};

/// The modes, host first, and the two controls. A mode has a path for each number of containers that a level
/// has; host and its second instance one for all. Then paths have no taps but those that all containers
/// share, and the ends. Errors: kUsage for a mode that can't have so many, with the reason.
[[nodiscard]] Result<Layout> layout_of(std::vector<ModeFile> modes, const std::vector<Load>& levels);
/// The same for the files a campaign names, whatever this machine can do. Errors: also read_modes().
[[nodiscard]] Result<Layout> campaign_layout(const Config& config);

}  // namespace hopcost::campaign
