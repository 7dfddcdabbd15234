#include "campaign/figures/contrasts.h"

#include <algorithm>
#include <cmath>

#include "campaign/figures/speed.h"
#include "stats/normal.h"
#include "stats/quantile_status.h"

namespace hopcost::campaign {
namespace {

constexpr double kMostWanted = 100'000;  // builds: more than a week

/// Builds in which both lanes have times.
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

std::string verdict_of(const Cost& cost, double floor) {
  if (!cost.median.known()) return "undecided";
  const Interval ci = cost.median.shift().ci;
  if (cost.p_holm < 0.05 && ci.lo > floor) return "higher";
  if (cost.p_holm < 0.05 && ci.hi < -floor) return "lower";
  const bool same = cost.equivalence.equivalent && cost.p_same_holm < 0.05 && floor < kEquivalenceNs;
  return same ? "same" : "undecided";
}

/// All intervals, those of the controls too, narrow as 1 / sqrt(builds); what the controls differ by stays.
std::optional<std::uint64_t> wanted(const Cost& cost, double floor, double lasting) {
  if (!cost.median.known() || !std::isfinite(floor)) return std::nullopt;
  const double size = std::abs(cost.median.shift().estimate),
               open = cost.median.shift().ci.half_width() + floor - lasting;
  // To where the controls stay, or from there to the ends of "same".
  const double room = std::max(size - lasting, kEquivalenceNs - std::max(size, lasting));
  if (room <= 0 || open <= 0) return std::nullopt;
  const double builds = std::ceil(static_cast<double>(cost.median.builds()) * std::pow(open / room, 2));
  if (builds > kMostWanted) return std::nullopt;
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(builds), cost.median.builds() + 1);
}

}  // namespace

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
  cost.median = undisturbed(pair_differences(measured, level, lane, 0), speed, Kind::kDifference,
                            measured.looked_before);
  if (cost.median.builds() == 0) return cost;
  cost.typical = over_builds(differences(measured, level, lane, 0), measured.looked_before);
  if (measured.one_clock) {
    const OverBuilds share =
        undisturbed(pair_shares(measured, level, lane), speed, Kind::kShare, measured.looked_before);
    if (share.builds() > 0) cost.share = {share.shift().estimate, share.shift().ci, share.known()};
  }
  cost.equivalence = equivalence_of(cost.median.series, kEquivalenceNs);
  cost.p_holm = cost.median.series.p_value;
  cost.p_same_holm = cost.equivalence.p_value;
  cost.shift = shifts(measured, level, lane, cost.typical, seed);
  return cost;
}

double control_floor(const LevelFigures& level) {
  double floor = 0;
  for (const auto* control : {&level.aa, &level.instance}) {
    if (!*control || !(*control)->difference.known()) return kInfinite;
    const Interval ci = (*control)->difference.shift().ci;
    floor = std::max({floor, std::abs(ci.lo), std::abs(ci.hi)});
  }
  return floor;
}

double lasting_floor(const LevelFigures& level) {
  double floor = 0;
  for (const auto* control : {&level.aa, &level.instance}) {
    if (!*control || !(*control)->difference.known()) continue;
    const Shift& s = (*control)->difference.shift();
    if (!s.ci.holds(0)) floor = std::max(floor, std::abs(s.estimate));
  }
  return floor;
}

void judge(LevelFigures& level) {
  std::vector<Cost*> costs;
  std::vector<double> differ, same;
  for (ModeFigures& m : level.modes) {
    if (!m.cost || m.cost->median.builds() == 0) continue;
    costs.push_back(&*m.cost);
    differ.push_back(m.cost->p_holm);
    same.push_back(m.cost->p_same_holm);
  }
  const auto p_differ = holm(differ), p_same = holm(same);
  const double floor = control_floor(level), lasting = lasting_floor(level);
  for (std::size_t i = 0; i < costs.size(); ++i) {
    costs[i]->p_holm = p_differ[i];
    costs[i]->p_same_holm = p_same[i];
    costs[i]->verdict = verdict_of(*costs[i], floor);
    if (costs[i]->verdict == "undecided") costs[i]->builds_wanted = wanted(*costs[i], floor, lasting);
  }
}

}  // namespace hopcost::campaign
