#include "campaign/figures/over_builds.h"

#include <algorithm>
#include <cmath>

#include "stats/normal.h"

namespace hopcost::campaign {

OverBuilds over_builds(const ByBuild& figures, std::size_t looked_before) {
  OverBuilds o;
  std::vector<double> values;
  double squares = 0;
  for (const auto& f : figures) {
    if (!f) continue;
    values.push_back(f->value);
    squares += f->se * f->se;
  }
  o.series = shift_of(values, looked_before);
  if (values.empty()) return o;
  const double n = static_cast<double>(values.size());
  o.within_se = std::sqrt(squares) / n;
  const double half = normal_quantile(0.975) * o.within_se;
  o.within = {o.shift().estimate - half, o.shift().estimate + half};
  if (values.size() < 2) return o;
  double mean = 0, variance = 0;
  for (const double v : values) mean += v / n;
  for (const double v : values) variance += (v - mean) * (v - mean) / (n - 1);
  o.between_sd = std::sqrt(std::max(0.0, variance - squares / n));
  return o;
}

}  // namespace hopcost::campaign
