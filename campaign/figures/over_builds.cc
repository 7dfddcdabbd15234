#include "campaign/figures/over_builds.h"

#include <algorithm>
#include <cmath>

#include "stats/normal.h"
#include "stats/student_t.h"
#include "stats/walsh.h"

namespace hopcost::campaign {
namespace {

/// Multiplies each value's distance from the weighted centre by its factor. The centre is the value that is
/// also the Hodges-Lehmann estimate of what comes out. The factors' mean is 1, so that widths stay in ns.
void weigh(std::vector<double>& values, const std::vector<double>& factors) {
  constexpr int kMostRounds = 50;
  constexpr double kNear = 1e-9;
  const auto around = [&](double centre) {
    std::vector<double> moved(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) moved[i] = centre + factors[i] * (values[i] - centre);
    return moved;
  };
  double centre = walsh_median(values);
  for (int round = 0; round < kMostRounds; ++round) {
    const double next = walsh_median(around(centre)), step = next - centre;
    centre = next;
    if (std::abs(step) <= kNear * std::abs(centre)) break;
  }
  values = around(centre);
}

}  // namespace

OverBuilds over_builds(const ByBuild& figures, std::size_t looked_before,
                       const std::vector<double>& exactness) {
  OverBuilds o;
  std::vector<double> values, factors;
  double sum = 0, squares = 0, weighed = 0;
  for (std::size_t b = 0; b < figures.size(); ++b) {
    if (!figures[b]) continue;
    values.push_back(figures[b]->value);
    factors.push_back(exactness.empty() ? 1 : exactness[b]);
    sum += factors.back();
    squares += figures[b]->se * figures[b]->se;
    weighed += std::pow(factors.back() * figures[b]->se, 2);
  }
  const double n = static_cast<double>(values.size());
  std::vector<double> alike = values;
  for (double& f : factors) f *= n / sum;
  if (!exactness.empty()) weigh(alike, factors);
  o.series = shift_of(alike, looked_before);
  if (values.empty()) return o;
  o.within_se = std::sqrt(weighed) / sum;
  o.within_sd = std::sqrt(squares / n);
  if (o.known()) {
    const double se = o.shift().ci.half_width() / student_t_quantile(0.975, o.series.degrees);
    o.between_se = std::sqrt(std::max(0.0, se * se - o.within_se * o.within_se));
  }
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
