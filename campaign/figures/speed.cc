#include "campaign/figures/speed.h"

#include <algorithm>
#include <cmath>

#include "campaign/figures/contrasts.h"
#include "stats/normal.h"

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

/// The range in which the slope may lie: from 0 to the slope of a figure that changes in proportion to host.
Interval slopes(const ByPair& figures, const Slowness& speed, Kind kind) {
  if (speed.middle <= 0) return {0, 0};
  const double whole = middle_of(figures) / speed.middle * (kind == Kind::kShare ? -1 : 1);
  return {std::min(0.0, whole), std::max(0.0, whole)};
}

/// By how much slowness (ns) the figures are moved, in the estimate over builds.
double reach(const ByBuild& figures, const Slowness& speed) {
  ByBuild over;
  for (std::size_t b = 0; b < figures.size(); ++b)
    over.push_back(figures[b] ? spread_of(speed.over[b]) : std::nullopt);
  return over_builds(over).shift().estimate;
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

OverBuilds undisturbed(const ByPair& figures, const Slowness& speed, Kind kind, std::size_t looked_before) {
  const Slope slope = slope_of(figures.figures, speed, slopes(figures, speed, kind));
  ByBuild at;
  for (std::size_t b = 0; b < figures.figures.size(); ++b) {
    InstancePairs brought;
    for (std::size_t i = 0; i < figures.figures[b].size(); ++i) {
      const double figure = figures.figures[b][i] - slope.value * speed.over[b][i];
      if (!std::isnan(figure)) brought.add(figure, figures.instances[b][i]);
    }
    at.push_back(over_instances(brought));
  }
  OverBuilds o = over_builds(at, looked_before);
  o.slope = slope;
  o.speed_se = slope.error * std::abs(reach(at, speed));
  o.series = less_sure(o.series, o.speed_se, static_cast<double>(o.builds()) - 1);
  return o;
}

}  // namespace hopcost::campaign
