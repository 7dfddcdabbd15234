// Draws a line graph as inline SVG: axes with round ticks, lines with points, a legend. Pure. Includes
// nothing of ours.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hopcost::campaign {

/// A line through points, in their order.
struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool dashed = false;  ///< For a reference that was not measured.
};

struct Graph {
  std::string title, x, y;  ///< Names of the axes, with units.
  std::vector<Line> lines;
  bool log_y = false;  ///< Logarithmic, for lines far apart; points at 0 or below are left out.
};

/// About five ticks from 0 to at least `most`, whose distance is 1, 2 or 5 times a power of ten.
[[nodiscard]] std::vector<double> round_ticks(double most);

/// The powers of ten from the last one not above `least` to the first one not below `most`, both above 0.
[[nodiscard]] std::vector<double> powers_of_ten(double least, double most);

/// The graph as "<figure>...</figure>"; empty when there is no point. The axes begin at 0, a logarithmic one
/// at a power of ten.
[[nodiscard]] std::string svg_of(const Graph& graph);

}  // namespace hopcost::campaign
