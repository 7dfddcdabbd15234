#include "campaign/figures/hops.h"

#include <algorithm>
#include <cmath>

#include "campaign/figures/contrasts.h"

namespace hopcost::campaign {
namespace {

template <class Read>
ByBuild by_build(const Measured& measured, std::size_t level, Read&& read) {
  ByBuild found;
  for (const BuildFigures& b : measured.builds) {
    if (b.counts()) found.push_back(read(b.levels[level]));
  }
  return found;
}

/// a - b in the builds that have both; their standard errors are combined.
ByBuild less(const ByBuild& a, const ByBuild& b) {
  ByBuild d(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] && b[i])
      d[i] = Spread{a[i]->value - b[i]->value, std::hypot(a[i]->se, b[i]->se),
                    std::min(a[i]->pairs, b[i]->pairs)};
  }
  return d;
}

Estimate estimate(const OverBuilds& o) {
  if (o.builds() == 0) return {};
  return {o.shift().estimate, o.shift().ci, o.known()};
}

/// By point of a mode's path: how much later the median packet is there than at the end. So values are at
/// most 0, but for noise.
class Arrivals {
 public:
  Arrivals(const Measured& measured, std::size_t level, std::size_t lane)
      : end_(by_build(measured, level, [&](const auto& lanes) { return lanes[lane].end_there; })),
        latency_(by_build(measured, level, [&](const auto& lanes) { return lanes[lane].latency_there; })) {
    for (std::size_t t = 0; t + 1 < measured.points[lane].size(); ++t) {
      at_.push_back(
          less(by_build(measured, level, [&](const auto& lanes) { return lanes[lane].arrival[t]; }), end_));
      tap_cost_.push_back(
          less(by_build(measured, level, [&](const auto& lanes) { return lanes[lane].end_with[t]; }), end_));
    }
    at_.push_back(ByBuild(end_.size(), Spread{}));  // the end itself
  }

  /// The hop from the point before `t`, or from tx for 0, to `t`; the path's end is at `end_ns`. The first
  /// hop has no time where `end_ns` is not known.
  [[nodiscard]] Hop hop(std::size_t t, std::optional<double> end_ns) const {
    Hop hop;
    const OverBuilds here = over_builds(at_[t]);
    if (here.builds() == 0) return hop;
    if (t == 0 && !end_ns) return hop;
    if (t == 0) {
      ByBuild absolute(at_[0].size());
      for (std::size_t b = 0; b < absolute.size(); ++b) {
        if (at_[0][b] && latency_[b])
          absolute[b] = Spread{latency_[b]->value + at_[0][b]->value,
                               std::hypot(latency_[b]->se, at_[0][b]->se), latency_[b]->pairs};
      }
      set(hop, *end_ns + here.shift().estimate, over_builds(absolute));
      return hop;
    }
    const OverBuilds before = over_builds(at_[t - 1]);
    if (before.builds() == 0) return hop;
    const OverBuilds both = over_builds(less(at_[t], at_[t - 1]));
    const double value = here.shift().estimate - before.shift().estimate;
    // With more taps than slots, a build may have only one of the two arrivals: then they are two independent
    // series.
    if (both.known())
      set(hop, value, both);
    else
      set_apart(hop, value, here, before);
    return hop;
  }

  [[nodiscard]] Estimate tap_cost(std::size_t t) const {
    return t < tap_cost_.size() ? estimate(over_builds(tap_cost_[t])) : Estimate{};
  }
  /// How much less than one at a time the taps cost together, `value`, with the interval of its figures by
  /// build. `longer`: what they cost together.
  [[nodiscard]] Estimate shared(double value, const ByBuild& longer) const {
    ByBuild beyond = longer;
    for (const ByBuild& cost : tap_cost_) beyond = less(beyond, cost);
    const OverBuilds o = over_builds(beyond);
    const double half = o.known() ? o.shift().ci.half_width() : 0;
    return {value, {value - half, value + half}, o.known()};
  }
  [[nodiscard]] const ByBuild& end() const noexcept { return end_; }

 private:
  /// The part of the estimate's standard uncertainty that comes from the scatter between builds.
  static double between(const OverBuilds& series) {
    const double n = std::max(1.0, static_cast<double>(series.builds()));
    return series.between_sd.value_or(0) / std::sqrt(n) * series.series.widened;
  }
  static double degrees(const OverBuilds& series) {
    return std::max(1.0, static_cast<double>(series.builds())) - 1;
  }
  static void set(Hop& hop, double value, const OverBuilds& series) {
    const double moved = value - series.shift().estimate;
    hop.time = {value, {series.shift().ci.lo + moved, series.shift().ci.hi + moved}, series.known()};
    hop.standard_within = series.within_se;
    hop.standard_between = between(series);
    hop.degrees = degrees(series);
  }
  static void set_apart(Hop& hop, double value, const OverBuilds& a, const OverBuilds& b) {
    const double half = std::hypot(a.shift().ci.half_width(), b.shift().ci.half_width());
    hop.time = {value, {value - half, value + half}, a.known() && b.known()};
    hop.standard_within = std::hypot(a.within_se, b.within_se);
    hop.standard_between = std::hypot(between(a), between(b));
    hop.degrees = std::min(degrees(a), degrees(b));
  }

  ByBuild end_, latency_;
  std::vector<ByBuild> at_, tap_cost_;  // by point, relative to the end
};

const HopTimes* watched_hop(const Measured& measured, std::size_t level, std::size_t lane, const Hop& hop) {
  for (const HopTimes& h : measured.totals[level][lane].watched) {
    if (h.from == hop.from && h.to == hop.to) return &h;
  }
  return nullptr;
}

}  // namespace

void explain(const Measured& measured, std::size_t level, std::optional<double> end_ns, ModeFigures& mode) {
  const auto& points = measured.points[mode.lane];
  const bool lost = !end_ns && measured.one_clock;
  if (lost || measured.good_builds() == 0 || !measured.lane_of(Role::kInstance)) return;
  const Arrivals arrivals(measured, level, mode.lane);
  std::optional<double> taps_ns = 0;
  for (std::size_t t = 0; t < points.size(); ++t) {
    Hop hop = arrivals.hop(t, end_ns);
    hop.from = t == 0 ? "tx" : points[t - 1].name;
    hop.to = points[t].name;
    hop.tap_cost = arrivals.tap_cost(t);
    const bool end = t + 1 == points.size();
    if (!end && !hop.tap_cost.value) taps_ns.reset();
    if (taps_ns) *taps_ns += hop.tap_cost.value.value_or(0);
    if (t > 0 || measured.one_clock) hop.watched = watched_hop(measured, level, mode.lane, hop);
    if (hop.watched != nullptr) hop.invalid = hop.watched->invalid;
    mode.hops.push_back(std::move(hop));
  }
  const auto all = by_build(measured, level, [&](const auto& lanes) { return lanes[mode.lane].end_all; });
  const ByBuild longer = less(all, arrivals.end());
  const OverBuilds excess = over_builds(longer);
  if (excess.builds() == 0) return;
  mode.all_taps = AllTaps{excess, taps_ns, {}};
  if (taps_ns) mode.all_taps->shared = arrivals.shared(*taps_ns - excess.shift().estimate, longer);
}

}  // namespace hopcost::campaign
