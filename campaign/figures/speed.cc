#include "campaign/figures/speed.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "stats/normal.h"
#include "stats/sorted.h"

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
  return median_of(std::move(all));
}

/// How much the figure of each build would grow in proportion to host, ns per ns.
double in_proportion(const ByPair& figures, const Slowness& speed) {
  return speed.middle > 0 ? middle_of(figures) / speed.middle : 0;
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
    r.places = lanes.front().pairs.instances;
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
    if (host == kInfinite) return std::isinf(a) ? std::nan("") : -kInfinite;
    return host > 0 ? (a - host) / host : std::nan("");
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

}  // namespace hopcost::campaign
