#include "campaign/figures/analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "campaign/figures/chains.h"
#include "campaign/figures/contrasts.h"
#include "campaign/figures/fairness.h"
#include "campaign/figures/hops.h"
#include "campaign/figures/speed.h"
#include "campaign/figures/undisturbed.h"
#include "stats/normal.h"

namespace hopcost::campaign {
namespace {

constexpr double kMostVoid = 0.5;        // as a share of the slots; a run with more is unfit
constexpr double kMostNegative = 0.001;  // as a share of the times

bool is_mode(const Measured& m, std::size_t lane) {
  return m.lanes[lane].role == Role::kMode;
}

std::array<Quantile, 5> quantiles_of(const Measured& measured, std::size_t level, std::size_t lane,
                                     std::uint64_t seed) {
  if (!measured.one_clock) return {};
  std::vector<const BuildTimes*> builds;
  for (const BuildFigures& b : measured.builds) {
    if (b.counts()) builds.push_back(&b.levels[level][lane].times);
  }
  std::vector<double> qs;
  for (const auto& [name, q] : kQuantiles) qs.push_back(q);
  const auto found = resampled_quantiles(builds, qs, seed);
  std::array<Quantile, 5> quantiles;
  std::ranges::copy(found, quantiles.begin());
  return quantiles;
}

Pair pair_of(const Measured& measured, std::size_t level, const Slowness& speed, std::size_t a,
             std::size_t b) {
  const Interval of_a = growth_of(measured, level, a, speed), of_b = growth_of(measured, level, b, speed);
  return {a, b,
          undisturbed(pair_differences(measured, level, a, b), speed, {of_a.lo - of_b.hi, of_a.hi - of_b.lo},
                      measured.looked_before)};
}

/// A control less host, as the run went: there is nothing in it that could grow with slowness.
Pair control_of(const Measured& measured, std::size_t level, std::size_t lane) {
  return {lane, 0, over_builds(differences(measured, level, lane, 0), measured.looked_before)};
}

void find_mde(LevelFigures& level) {
  for (const ModeFigures& m : level.modes) {
    if (!m.cost || !m.cost->median.known()) continue;
    level.mde_ns = std::max(level.mde_ns.value_or(0), minimum_detectable_effect(m.cost->median.shift()));
  }
}

/// Whether the cost's median is infinite: over half of the lane's packets were lost, or more builds have no
/// figure because of losses than have one.
bool is_undefined(const Measured& measured, std::size_t level, std::size_t lane, const Cost& cost) {
  const TapCount& own = measured.totals[level][lane].end;
  const auto silenced = std::ranges::count_if(measured.builds, [&](const BuildFigures& b) {
    if (!b.counts() || b.levels[level][lane].against[0]) return false;
    return b.levels[level][lane].times.lost + b.levels[level][0].times.lost > 0;
  });
  return own.lost > own.seen || static_cast<std::size_t>(silenced) > cost.median.builds();
}

LevelFigures figures_of(const Measured& measured, std::size_t level, std::uint64_t seed) {
  LevelFigures figures;
  const Slowness& speed = figures.speed = speed_of(measured, level);
  for (std::size_t lane = 0; lane < measured.lanes.size(); ++lane) {
    if (!is_mode(measured, lane)) continue;
    ModeFigures mode{.lane = lane, .quantiles = quantiles_of(measured, level, lane, seed)};
    if (lane != 0) mode.cost = contrast(measured, level, speed, lane, seed);
    explain(measured, level, mode.quantiles[0].value, mode);
    mode.fairness = fairness_of(measured, level, lane);
    for (std::size_t other = 1; other < lane; ++other) {
      if (is_mode(measured, other)) figures.pairs.push_back(pair_of(measured, level, speed, lane, other));
    }
    figures.modes.push_back(std::move(mode));
  }
  if (const auto repeat = measured.lane_of(Role::kRepeat)) figures.aa = control_of(measured, level, *repeat);
  if (const auto second = measured.lane_of(Role::kInstance))
    figures.instance = control_of(measured, level, *second);
  figures.chains = chains_of(measured, level, speed);
  judge(figures);
  for (ModeFigures& m : figures.modes) {
    if (!m.cost || !is_undefined(measured, level, m.lane, *m.cost)) continue;
    m.cost->verdict = "undefined";
    m.cost->builds_wanted.reset();
  }
  find_mde(figures);
  return figures;
}

std::string overall_regime(const Measured& measured) {
  if (measured.regimes.empty()) return "none";
  return measured.regimes.size() == 1 ? *measured.regimes.begin() : "mixed";
}

void forbid(Figures& figures, std::string why) {
  figures.fit = false;
  figures.reasons.push_back(std::move(why));
}

void assess_stamps(const Measured& measured, Figures& figures) {
  if (figures.regime == "software" || figures.regime == "mixed") {
    forbid(figures,
           "some process on this host asks for receive timestamps, so the kernel stamps packets before the "
           "taps do, "
           "and the error differs by mode: stop it (hopcost doctor names the usual ones) and run again");
  }
  if (figures.regime == "none") forbid(figures, "no packet was seen");
  if (!measured.one_clock) return;
  std::uint64_t negative = 0, all = 0;
  for (const auto& level : measured.totals) {
    for (const LaneTotals& lane : level) {
      negative += lane.negative;
      all += lane.end_to_end.count();
    }
  }
  if (static_cast<double>(negative) > kMostNegative * static_cast<double>(all) && negative > 0)
    forbid(figures,
           fmt::format("{} times came out below zero: the clocks of sender and taps disagree", negative));
}

void assess_voids(const Measured& measured, Figures& figures) {
  std::uint64_t voids = 0, slots = 0;
  for (const auto& level : measured.totals) {
    if (level.empty()) continue;
    voids += level.front().void_slots;
    slots += level.front().slots + level.front().void_slots;
  }
  const std::size_t lost_builds = measured.builds.size() - measured.good_builds();
  if (static_cast<double>(voids) > kMostVoid * static_cast<double>(slots))
    forbid(figures, fmt::format("of {} slots {} are void: their accounts or their clock can't be right",
                                slots, voids));
  else if (voids > 0)
    figures.reasons.push_back(fmt::format("of {} slots {} are void and left out", slots, voids));
  if (lost_builds > 0) {
    const auto at = std::ranges::find_if(measured.builds, [](const BuildFigures& b) { return !b.counts(); });
    figures.reasons.push_back(fmt::format("of {} builds {} are left out: {}", measured.builds.size(),
                                          lost_builds, at->void_reasons.front()));
  }
}

void assess_controls(const Measured& measured, const LevelFigures& level, Figures& figures) {
  const auto look = [&](const std::optional<Pair>& control, const char* what) {
    if (!control || !control->difference.known() || control->difference.shift().ci.holds(0)) return;
    figures.reasons.push_back(
        fmt::format("{} ({}) differs by {:+.1f} [{:+.1f}, {:+.1f}] ns: smaller costs are not claimed", what,
                    measured.lanes[control->a].name, control->difference.shift().estimate,
                    control->difference.shift().ci.lo, control->difference.shift().ci.hi));
  };
  look(level.aa, "host measured twice");
  look(level.instance, "host by other instances");
}

std::string seconds_text(double s) {
  return s < 90 ? fmt::format("{:.0f}s", std::ceil(s)) : fmt::format("{:.0f}min", std::ceil(s / 60));
}

/// The options for a run of that many builds. The budget is per level. If its width ended this run, --target
/// 0 keeps it from ending the next one too.
std::string options_for(const Measured& measured, std::uint64_t builds) {
  const double made = static_cast<double>(std::max<std::size_t>(1, measured.builds.size()));
  const double build_s = measured.elapsed_s / made / static_cast<double>(measured.levels.size());
  return fmt::format("--budget {}{}", seconds_text(build_s * static_cast<double>(builds)),
                     measured.ended_by == "width" ? " --target 0" : "");
}

/// Why a mode's cost has no figure at all.
std::string why_none(const Measured& measured, std::size_t level, std::size_t lane, const Cost& cost) {
  const std::string& name = measured.lanes[lane].name;
  if (cost.verdict != "undefined") return fmt::format("{}: no slot that decides its cost counts", name);
  const bool own = measured.totals[level][lane].end.lost > 0;
  return fmt::format("{}: so many packets{} were lost that its cost has no median", name,
                     own ? "" : " of " + measured.lanes[0].name);
}

void say_next(const Measured& measured, std::size_t level, Figures& figures) {
  for (const ModeFigures& m : figures.levels[level].modes) {
    if (!m.cost) continue;
    const Cost& cost = *m.cost;
    const std::string& name = measured.lanes[m.lane].name;
    if (cost.verdict == "undefined" || cost.median.builds() == 0) {
      figures.reasons.push_back(why_none(measured, level, m.lane, cost));
    } else if (cost.verdict == "undecided" && !cost.median.known()) {
      figures.next.push_back(fmt::format("{}: {} builds give no interval, {} do: {}", name,
                                         cost.median.builds(), units_needed(0.95),
                                         options_for(measured, units_needed(0.95) + 2)));
    } else if (cost.builds_wanted) {
      figures.next.push_back(fmt::format("{}: some {} builds would decide it, as it looks now: {}", name,
                                         *cost.builds_wanted, options_for(measured, *cost.builds_wanted)));
    }
  }
}

}  // namespace

Figures analyse(const Measured& measured, std::uint64_t seed) {
  Figures figures;
  figures.regime = overall_regime(measured);
  assess_stamps(measured, figures);
  assess_voids(measured, figures);
  for (std::size_t level = 0; level < measured.levels.size(); ++level) {
    figures.levels.push_back(figures_of(measured, level, seed));
    assess_controls(measured, figures.levels.back(), figures);
    say_next(measured, level, figures);
  }
  return figures;
}

std::vector<CostSoFar> costs_so_far(const Measured& measured) {
  std::vector<CostSoFar> costs;
  for (std::size_t level = 0; level < measured.levels.size(); ++level) {
    const Slowness speed = speed_of(measured, level);
    for (std::size_t lane = 1; lane < measured.lanes.size(); ++lane) {
      if (!is_mode(measured, lane)) continue;
      const ByPair cost = pair_differences(measured, level, lane, 0);
      costs.push_back({level, lane, undisturbed(cost, speed, growth_of(cost, speed))});
    }
  }
  return costs;
}

std::vector<double> half_widths(const std::vector<CostSoFar>& costs) {
  std::vector<double> widths;
  for (const auto& [level, lane, cost] : costs)
    widths.push_back(cost.known() ? cost.shift().ci.half_width() : kInfinite);
  return widths;
}

}  // namespace hopcost::campaign
