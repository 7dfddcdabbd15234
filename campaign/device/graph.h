// A line graph as inline SVG: axes with round ticks, lines with points, a legend. Pure. Includes nothing of
// ours.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hopcost::campaign {

/// Points joined in their order.
struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool dashed = false;  ///< A reference and not a measurement.
};

struct Graph {
  std::string title, x, y;  ///< Axes with their units.
  std::vector<Line> lines;
};

/// Ticks at 1, 2 or 5 times a power of ten, about five of them, from 0 to at least `most`.
[[nodiscard]] std::vector<double> round_ticks(double most);

/// "<figure>...</figure>"; empty without a point. Both axes begin at 0.
[[nodiscard]] std::string svg_of(const Graph& graph);

}  // namespace hopcost::campaign
