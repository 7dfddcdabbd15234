// The lanes of every slot: each mode, and two that control them. Pure. Includes base.
#pragma once

#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"

namespace hopcost::campaign {

/// What a lane is in a run for.
enum class Role {
  kMode,      ///< To be measured. The first lane is host.
  kRepeat,    ///< "=host": host's own path a second time. What the two differ by is the method's noise.
  kInstance,  ///< "host#2": a second instance of host. What the two differ by is the instance's. No tap but
              ///< its end's is ever open, so that arrivals at other taps are counted from it.
};

/// A path and what it is in the run for; each slot gives it a flow of its own.
struct Lane {
  std::string name;
  std::size_t path = 0;  ///< Of the build's.
  Role role = Role::kMode;
};

/// Lanes of a run beside its modes'.
inline constexpr std::size_t kControls = 2;

/// Paths 0 .. modes.size()-1 are the modes, host first; the next one is host's second instance.
[[nodiscard]] inline std::vector<Lane> lanes_for(const std::vector<std::string>& modes) {
  std::vector<Lane> lanes;
  for (std::size_t i = 0; i < modes.size(); ++i) lanes.push_back({modes[i], i});
  lanes.push_back({"=" + modes.front(), 0, Role::kRepeat});
  lanes.push_back({modes.front() + "#2", modes.size(), Role::kInstance});
  return lanes;
}

/// 0 .. count-1 in random order: the place of each lane, or path, in what the children are asked. Where a
/// lane's memory lies in them follows from its place, and costs a nanosecond or so; so no lane keeps its own.
[[nodiscard]] inline std::vector<std::size_t> draw_order(std::size_t count, Random& draw) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  draw.shuffle(order);
  return order;
}

}  // namespace hopcost::campaign
