#include "campaign/figures/fairness.h"

#include <algorithm>
#include <cmath>

#include "stats/fairness.h"

namespace hopcost::campaign {
namespace {

/// Jain's index over what `share` gives for each container of a build, without containers for which it gives
/// nothing.
template <class Share>
std::optional<Spread> index_of(const std::vector<ContainerBuild>& containers, Share&& share) {
  std::vector<double> shares;
  for (const ContainerBuild& c : containers) {
    if (const std::optional<double> s = share(c)) shares.push_back(*s);
  }
  const auto index = jain_index(shares);
  return index ? std::optional(Spread{*index, 0, shares.size()}) : std::nullopt;
}

std::optional<double> latency(const ContainerBuild& c) {
  return std::isfinite(c.p50_ns) ? std::optional(c.p50_ns) : std::nullopt;
}

std::optional<double> delivery(const ContainerBuild& c) {
  if (c.timed == 0) return std::nullopt;
  return 1 - static_cast<double>(c.lost) / static_cast<double>(c.timed);
}

/// The estimate over builds. Its interval is cut off at 1, the greatest index.
Estimate estimate_of(const ByBuild& indices) {
  const OverBuilds over = over_builds(indices);
  if (over.builds() == 0) return {};
  const Interval ci = over.shift().ci;
  return {over.shift().estimate, {ci.lo, std::min(ci.hi, 1.0)}, over.known()};
}

}  // namespace

std::optional<Fairness> fairness_of(const Measured& measured, std::size_t level, std::size_t lane) {
  const std::size_t n = measured.levels[level].containers;
  if (n < 2 || measured.levels[level].deal != Deal::kSpread) return std::nullopt;
  ByBuild latencies, deliveries;
  std::vector<ByBuild> times(n);
  Fairness fairness;
  fairness.containers.resize(n);
  for (const BuildFigures& b : measured.builds) {
    if (!b.counts()) continue;
    const auto& own = b.levels[level][lane].containers;
    if (own.size() != n) continue;
    latencies.push_back(index_of(own, latency));
    deliveries.push_back(index_of(own, delivery));
    for (std::size_t c = 0; c < n; ++c) {
      if (const auto ns = latency(own[c])) times[c].push_back(Spread{*ns, 0, own[c].timed});
      fairness.containers[c].timed += own[c].timed;
      fairness.containers[c].lost += own[c].lost;
    }
  }
  fairness.latency = estimate_of(latencies);
  fairness.delivery = estimate_of(deliveries);
  for (std::size_t c = 0; c < n; ++c) fairness.containers[c].p50 = over_builds(times[c]);
  return fairness;
}

}  // namespace hopcost::campaign
