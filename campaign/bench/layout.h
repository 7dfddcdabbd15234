// What every build contains: the paths of a run, and its lanes at each level. Set-up only; includes nsglue's
// descriptions.
#pragma once

#include <vector>

#include "base/result.h"
#include "campaign/bench/lanes.h"
#include "campaign/bench/modes.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// The topologies that every build makes, and the lanes that send through them.
struct Layout {
  std::vector<nsglue::Topology> topologies;  ///< One path for each.
  std::vector<Lane> lanes;                   ///< With the paths of the first level.
  /// By level: the same lanes with that level's paths. Empty: every level uses `lanes` as it is.
  std::vector<std::vector<Lane>> levels = {};

  /// By instance and path of the lanes: which topology it is. Empty: there is one instance, and both have one
  /// order.
  std::vector<std::vector<std::size_t>> instances = {};

  /// The lanes of one level, with the paths of one instance.
  [[nodiscard]] std::vector<Lane> at(std::size_t level, std::size_t instance) const;
};

/// The same layout with that many instances of each path, side by side in every build. A topology that runs
/// programs of others (Open vSwitch, a virtual machine) stands once and serves all instances.
[[nodiscard]] Layout side_by_side(Layout layout, std::size_t instances);

/// The layout for `modes`, of which the first is host, and the two controls. A mode has one path for each
/// number of containers among the levels; host and its second instance have one path for all levels. With
/// many containers, paths keep only the ends and the taps that all containers share. Errors: kUsage for a
/// mode that can't have that many containers, with the reason.
[[nodiscard]] Result<Layout> layout_of(std::vector<ModeFile> modes, const std::vector<Load>& levels);
/// The same for the modes that `config` names, without asking what this machine can do. Errors: also
/// read_modes()'s.
[[nodiscard]] Result<Layout> campaign_layout(const Config& config);

}  // namespace hopcost::campaign
