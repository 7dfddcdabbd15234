#include "campaign/figures/contrasts.h"

#include <algorithm>
#include <cmath>

#include "campaign/figures/speed.h"
#include "campaign/figures/undisturbed.h"
#include "stats/quantile_status.h"

namespace hopcost::campaign {
namespace {

/// For each of `lanes`: its times in each build that counts.
std::vector<std::vector<const BuildTimes*>> times_of(const Measured& measured, std::size_t level,
                                                     std::vector<std::size_t> lanes) {
  std::vector<std::vector<const BuildTimes*>> all(lanes.size());
  for (const BuildFigures& b : measured.builds) {
    if (!b.counts()) continue;
    for (std::size_t i = 0; i < lanes.size(); ++i) all[i].push_back(&b.levels[level][lanes[i]].times);
  }
  return all;
}

double packets(const std::vector<const BuildTimes*>& builds) {
  double n = 0;
  for (const BuildTimes* b : builds) n += static_cast<double>(b->times.count()) + b->lost;
  return n;
}

std::map<std::string, Estimate> shifts(const Measured& measured, std::size_t level, std::size_t lane,
                                       const OverBuilds& median, std::uint64_t seed) {
  std::map<std::string, Estimate> found;
  found["p50"] = {median.shift().estimate, median.shift().ci, median.known()};
  const auto times = times_of(measured, level, {lane, 0});
  const double n = std::min(packets(times[0]), packets(times[1]));
  constexpr std::array<NamedQuantile, 3> kTails = {kQuantiles[1], kQuantiles[2], kQuantiles[3]};
  std::vector<double> qs;
  for (const auto& [name, q] : kTails) qs.push_back(q);
  const auto quantiles = resampled_shifts(times[0], times[1], qs, seed);
  for (std::size_t i = 0; i < kTails.size(); ++i) {
    if (n * (1 - kTails[i].q) < kPacketsBeyondQuantile || !quantiles[i].value) continue;
    found[kTails[i].name] = {quantiles[i].value, quantiles[i].ci95, quantiles[i].known};
  }
  return found;
}

}  // namespace

ByBuild differences(const Measured& measured, std::size_t level, std::size_t lane, std::size_t other) {
  ByBuild found;
  for (const BuildFigures& b : measured.builds) {
    if (b.counts()) found.push_back(b.levels[level][lane].against[other]);
  }
  return found;
}

Cost contrast(const Measured& measured, std::size_t level, const Slowness& speed, std::size_t lane,
              std::uint64_t seed) {
  Cost cost;
  const ByPair costs = pair_differences(measured, level, lane, 0);
  cost.typical = over_builds(differences(measured, level, lane, 0), measured.looked_before);
  OverBuilds median = undisturbed(costs, speed, growth_of(costs, speed), measured.looked_before);
  if (median.builds() == 0) return cost;
  static_cast<Judged&>(cost) = unjudged(std::move(median), kEquivalenceNs);
  if (measured.one_clock) {
    const ByPair shares = pair_shares(measured, level, lane);
    const OverBuilds share =
        undisturbed(shares, speed, share_growth_of(shares, speed), measured.looked_before);
    if (share.builds() > 0) cost.share = {share.shift().estimate, share.shift().ci, share.known()};
  }
  cost.shift = shifts(measured, level, lane, cost.typical, seed);
  return cost;
}

std::vector<const OverBuilds*> controls_of(const LevelFigures& level) {
  std::vector<const OverBuilds*> controls;
  for (const auto* control : {&level.aa, &level.instance})
    controls.push_back(*control ? &(*control)->difference : nullptr);
  return controls;
}

void judge(LevelFigures& level) {
  std::vector<Judged*> family;
  for (ModeFigures& m : level.modes) {
    if (m.cost && m.cost->median.builds() > 0) family.push_back(&*m.cost);
  }
  judge(family, floors_of(controls_of(level)), kEquivalenceNs);
}

}  // namespace hopcost::campaign
