// The lanes of every slot: each mode, and two that control them. Pure. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

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

}  // namespace hopcost::campaign
