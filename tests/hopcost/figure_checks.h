// Looking at what was made of a synthetic run. Test support.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// What a packet of bridge_way() takes longer than one of host_way(), ns.
inline constexpr double kCost = 350;

inline const Cost& cost_of(const Figures& f, std::size_t mode) {
  return *f.levels.front().modes.at(mode).cost;
}

inline bool says(const std::vector<std::string>& lines, const std::string& words) {
  return std::ranges::any_of(lines, [&](const auto& l) { return l.find(words) != std::string::npos; });
}

}  // namespace hopcost::campaign
