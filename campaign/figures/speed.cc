#include "campaign/figures/speed.h"

#include <algorithm>
#include <cmath>

#include "campaign/figures/contrasts.h"
#include "stats/walsh.h"

namespace hopcost::campaign {
namespace {

/// By build that counts and pair: what `read` makes of two lanes' times.
template <class Read>
ByPair by_pair(const Measured& measured, std::size_t level, std::size_t lane, std::size_t other,
               Read&& read) {
  ByPair all;
  for (const BuildFigures& b : measured.builds) {
    if (!b.counts()) continue;
    const auto& [one, instances] = b.levels[level][lane].pairs;
    const auto& two = b.levels[level][other].pairs.figures;
    auto& figures = all.figures.emplace_back();
    for (std::size_t i = 0; i < std::min(one.size(), two.size()); ++i)
      figures.push_back(read(one[i], two[i]));
    all.instances.push_back(instances);
  }
  return all;
}

/// The median of all finite figures; 0 when there are none.
double middle_of(const ByPair& figures) {
  std::vector<double> all;
  for (const auto& build : figures.figures)
    std::ranges::copy_if(build, std::back_inserter(all), [](double f) { return std::isfinite(f); });
  if (all.empty()) return 0;
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::ranges::nth_element(all, middle);
  return *middle;
}

/// How much the figure of each build would grow in proportion to host, ns per ns.
double in_proportion(const ByPair& figures, const Slowness& speed) {
  return speed.middle > 0 ? middle_of(figures) / speed.middle : 0;
}

/// By how much slowness (ns) the figures are moved, in the estimate over builds.
double reach(const ByBuild& figures, const Slowness& speed, const std::vector<double>& exactness) {
  ByBuild over;
  for (std::size_t b = 0; b < figures.size(); ++b)
    over.push_back(figures[b] ? spread_of(speed.over[b]) : std::nullopt);
  return over_builds(over, 0, exactness).shift().estimate;
}

/// How the slope's error and that of the figures' weighted mean go together: their covariance, where both
/// come from the same builds' deviations.
double covariance(const ByBuild& figures, const OverBuilds& over, const std::vector<double>& exactness) {
  if (over.slope.pulls.empty()) return 0;
  double sum = 0, weights = 0;
  for (std::size_t b = 0; b < figures.size(); ++b) {
    if (!figures[b]) continue;
    const double weight = exactness.empty() ? 1 : exactness[b];
    weights += weight;
    sum += weight * (figures[b]->value - over.shift().estimate) * over.slope.pulls[b];
  }
  return weights > 0 ? sum / weights : 0;
}

/// By build: its figure with each pair brought to the undisturbed speed.
ByBuild brought(const ByPair& figures, const Slowness& speed, double slope) {
  ByBuild at;
  for (std::size_t b = 0; b < figures.figures.size(); ++b) {
    InstancePairs pairs;
    for (std::size_t i = 0; i < figures.figures[b].size(); ++i) {
      const double figure = figures.figures[b][i] - slope * speed.over[b][i];
      if (!std::isnan(figure)) pairs.add(figure, figures.instances[b][i]);
    }
    at.push_back(over_instances(pairs));
  }
  return at;
}

/// By build: one over the scatter that the line of all builds' scatter has at its slowness. Empty, which
/// stands for builds that are all as exact, where there are too few builds to tell.
std::vector<double> exactness_of(const ByBuild& figures, const Slowness& speed) {
  constexpr std::size_t kLeastBuilds = 16;
  std::vector<double> values, over;
  for (std::size_t b = 0; b < figures.size(); ++b) {
    if (!figures[b]) continue;
    values.push_back(figures[b]->value);
    over.push_back(spread_of(speed.over[b]).value_or(Spread{}).value);
  }
  if (values.size() < kLeastBuilds) return {};
  const double middle = walsh_median(values);
  for (double& v : values) v = std::abs(v - middle);
  const auto scatter = scatter_by(over, values);
  if (!(scatter.least > 0)) return {};  // over half of the figures are equal
  std::vector<double> exactness(figures.size(), 1);
  for (std::size_t b = 0, i = 0; b < figures.size(); ++b) {
    if (figures[b]) exactness[b] = 1 / scatter(over[i++]);
  }
  return exactness;
}

}  // namespace

Slowness speed_of(const Measured& measured, std::size_t level) {
  const auto repeat = measured.lane_of(Role::kRepeat), second = measured.lane_of(Role::kInstance);
  std::vector<Readings> readings;
  for (const BuildFigures& b : measured.builds) {
    if (!b.counts()) continue;
    const auto& lanes = b.levels[level];
    const std::size_t pairs = lanes.front().pairs.figures.size();
    Readings& r = readings.emplace_back();
    r.one.assign(pairs, kInfinite);
    r.two.assign(pairs, kInfinite);
    if (!repeat || !second || !measured.one_clock) continue;
    const auto &one = lanes[*repeat].pairs.figures, &two = lanes[*second].pairs.figures;
    std::copy_n(one.begin(), std::min(pairs, one.size()), r.one.begin());
    std::copy_n(two.begin(), std::min(pairs, two.size()), r.two.begin());
  }
  return slowness_of(readings);
}

ByPair pair_differences(const Measured& measured, std::size_t level, std::size_t lane, std::size_t other) {
  return by_pair(measured, level, lane, other, [](double a, double b) { return a - b; });
}

ByPair pair_shares(const Measured& measured, std::size_t level, std::size_t lane) {
  return by_pair(measured, level, lane, 0, [](double a, double host) {
    return host > 0 && std::isfinite(host) ? (a - host) / host : std::nan("");
  });
}

Interval growth_of(const ByPair& costs, const Slowness& speed) {
  const double most = kMostGrowth * in_proportion(costs, speed);
  return {std::min(0.0, most), std::max(0.0, most)};
}

Interval growth_of(const Measured& measured, std::size_t level, std::size_t lane, const Slowness& speed) {
  return growth_of(pair_differences(measured, level, lane, 0), speed);
}

Interval share_growth_of(const ByPair& shares, const Slowness& speed) {
  const double share = in_proportion(shares, speed), fallen = -share, grown = (kMostGrowth - 1) * share;
  return {std::min(fallen, grown), std::max(fallen, grown)};
}

OverBuilds undisturbed(const ByPair& figures, const Slowness& speed, Interval growth,
                       std::size_t looked_before) {
  const Slope first = slope_of(figures.figures, speed, growth);
  const auto exactness = exactness_of(brought(figures, speed, first.value), speed);
  const Slope slope = exactness.empty() ? first : slope_of(figures.figures, speed, growth, exactness);
  const ByBuild at = brought(figures, speed, slope.value);
  OverBuilds o = over_builds(at, looked_before, exactness);
  o.slope = slope;
  // Where figures scatter more while the CPU is slow, those that raise the mean raise the slope too, and
  // what the slope takes off the mean is part of what they added.
  const double far = reach(at, speed, exactness);
  o.speed_se =
      std::sqrt(std::max(0.0, far * (far * slope.error * slope.error - 2 * covariance(at, o, exactness))));
  o.series = less_sure(o.series, o.speed_se, static_cast<double>(o.builds()) - 1);
  return o;
}

}  // namespace hopcost::campaign
