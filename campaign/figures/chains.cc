#include "campaign/figures/chains.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "campaign/figures/contrasts.h"
#include "campaign/figures/speed.h"
#include "campaign/figures/undisturbed.h"

namespace hopcost::campaign {
namespace {

/// By build and pair of trains: the weighted sum of the lanes' costs.
ByPair weighed(const Measured& measured, std::size_t level, const std::vector<ChainMode>& modes,
               const std::vector<double>& weights) {
  ByPair sums;
  for (std::size_t m = 0; m < modes.size(); ++m) {
    // The weights of a slope or residual add up to 0, so costs give the same sum as times.
    const ByPair costs = pair_differences(measured, level, modes[m].lane, 0);
    if (m == 0) sums = costs;
    for (std::size_t b = 0; b < costs.figures.size(); ++b) {
      auto& sum = sums.figures[b];
      const auto& cost = costs.figures[b];
      sum.resize(std::min(sum.size(), cost.size()));
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = (m == 0 ? 0 : sum[i]) + weights[m] * cost[i];
    }
  }
  return sums;
}

/// The least-squares line with an intercept. Slope and residuals are weighted sums of the figures.
class Line {
 public:
  explicit Line(const std::vector<ChainMode>& modes) : modes_(modes) {
    for (const ChainMode& m : modes) mean_ += m.hops / static_cast<double>(modes.size());
    for (const ChainMode& m : modes) squares_ += (m.hops - mean_) * (m.hops - mean_);
  }

  [[nodiscard]] std::vector<double> slope() const {
    std::vector<double> weights;
    for (const ChainMode& m : modes_) weights.push_back((m.hops - mean_) / squares_);
    return weights;
  }

  /// The weights for one mode's figure less the line's.
  [[nodiscard]] std::vector<double> residual(std::size_t of) const {
    std::vector<double> weights;
    for (std::size_t m = 0; m < modes_.size(); ++m) {
      const double fitted = 1 / static_cast<double>(modes_.size()) +
                            (modes_[of].hops - mean_) * (modes_[m].hops - mean_) / squares_;
      weights.push_back((m == of ? 1 : 0) - fitted);
    }
    return weights;
  }

 private:
  const std::vector<ChainMode>& modes_;
  double mean_ = 0, squares_ = 0;
};

/// The smallest of the residuals' p-values after Holm's adjustment, which holds however the residuals depend
/// on each other.
double p_of_fit(const std::vector<ChainMode>& modes) {
  std::vector<double> p;
  for (const ChainMode& m : modes) p.push_back(m.residual.series.p_value);
  return std::ranges::min(holm(p));
}

Chain fit(const Measured& measured, std::size_t level, const Slowness& speed, std::string name,
          std::vector<ChainMode> modes) {
  const auto over = [&](const std::vector<double>& weights) {
    Interval growth{0, 0};
    for (std::size_t m = 0; m < modes.size(); ++m) {
      const Interval own = growth_of(measured, level, modes[m].lane, speed);
      growth.lo += std::min(weights[m] * own.lo, weights[m] * own.hi);
      growth.hi += std::max(weights[m] * own.lo, weights[m] * own.hi);
    }
    return undisturbed(weighed(measured, level, modes, weights), speed, growth, measured.looked_before);
  };
  const Line line(modes);
  Chain chain{std::move(name), {}, over(line.slope()), {}};
  if (modes.size() > 2) {
    for (std::size_t m = 0; m < modes.size(); ++m) modes[m].residual = over(line.residual(m));
    if (modes.front().residual.known()) chain.p_straight = p_of_fit(modes);
  }
  chain.modes = std::move(modes);
  return chain;
}

}  // namespace

std::pair<std::string, unsigned> hops_by_name(const std::string& topology) {
  const std::size_t dash = topology.rfind('-');
  unsigned hops = 0;
  if (dash == std::string::npos) return {topology, 1};
  const char* end = topology.data() + topology.size();
  const auto [last, fault] = std::from_chars(topology.data() + dash + 1, end, hops);
  if (fault != std::errc() || last != end || hops < 2) return {topology, 1};
  return {topology.substr(0, dash), hops};
}

std::vector<Chain> chains_of(const Measured& measured, std::size_t level, const Slowness& speed) {
  std::map<std::string, std::vector<ChainMode>> found;
  for (std::size_t lane = 1; lane < measured.lanes.size(); ++lane) {
    if (measured.lanes[lane].role != Role::kMode) continue;
    const auto [of, hops] = hops_by_name(measured.topologies[lane]);
    auto& modes = found[of];
    if (std::ranges::find(modes, hops, &ChainMode::hops) == modes.end())
      modes.push_back({lane, double(hops), {}});
  }
  std::vector<Chain> chains;
  for (auto& [name, modes] : found) {
    std::ranges::sort(modes, {}, &ChainMode::hops);
    if (modes.size() > 1) chains.push_back(fit(measured, level, speed, name, std::move(modes)));
  }
  return chains;
}

}  // namespace hopcost::campaign
