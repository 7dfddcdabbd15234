// One mode of a sample result. Test support.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

namespace hopcost::campaign {

struct Sample;

/// Where a mode stands in its sample, and what it should show.
struct SampleMode {
  int level;          ///< Number of the load.
  std::size_t index;  ///< In Sample::modes.
  double host_ns;     ///< Host's own median.
  double cost_ns;     ///< On top of that.
};

/// The second load has so many containers of each mode.
inline constexpr int kContainers = 4;
[[nodiscard]] constexpr bool has_many_containers(int level) {
  return level == 1;
}

/// An entry of modes[].
[[nodiscard]] nlohmann::json mode_json(const Sample& sample, const SampleMode& mode);

/// Whether the sample has builds enough for intervals.
[[nodiscard]] bool has_intervals(const Sample& sample);

/// [middle - half, middle + half]
[[nodiscard]] nlohmann::json band(double middle, double half);

}  // namespace hopcost::campaign
