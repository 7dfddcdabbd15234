// The lanes of every slot: one for each mode, and two controls. Pure. Includes base.
#pragma once

#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"

namespace hopcost::campaign {

/// Why a lane is in the run.
enum class Role {
  kMode,    ///< A mode to be measured. The first lane is host.
  kRepeat,  ///< "=host": host's own path a second time. The difference between the two is the method's
            ///< noise.
  /// "host#2": host by instances of its own. The difference from host is that between instances. Only the
  /// tap at its end is ever open, so that arrivals at other taps can be counted from its arrivals.
  kInstance,
};

/// A path and why it is in the run. Each slot gives every lane a flow id of its own.
struct Lane {
  std::string name;
  std::size_t path = 0;  ///< Index of the build's paths.
  Role role = Role::kMode;
};

/// How many lanes a run has besides its modes.
inline constexpr std::size_t kControls = 2;

/// The lanes of a run with these modes, host first. Paths 0 .. modes.size()-1 are the modes; path
/// modes.size() is host's second instance.
[[nodiscard]] inline std::vector<Lane> lanes_for(const std::vector<std::string>& modes) {
  std::vector<Lane> lanes;
  for (std::size_t i = 0; i < modes.size(); ++i) lanes.push_back({modes[i], i});
  lanes.push_back({"=" + modes.front(), 0, Role::kRepeat});
  lanes.push_back({modes.front() + "#2", modes.size(), Role::kInstance});
  return lanes;
}

/// 0 .. count-1 in random order: the order of lanes, or paths, in requests. A lane's place in a request
/// decides where its memory lies in pktgen and analyzer, which costs about a nanosecond, so places change at
/// random.
[[nodiscard]] inline std::vector<std::size_t> draw_order(std::size_t count, Random& draw) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  draw.shuffle(order);
  return order;
}

}  // namespace hopcost::campaign
