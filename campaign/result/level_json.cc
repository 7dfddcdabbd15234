#include "campaign/result/level_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "campaign/figures/uncertainty.h"
#include "campaign/result/result_json.h"
#include "stats/quantile_status.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

json interval(const Interval& i) {
  return std::isfinite(i.lo) && std::isfinite(i.hi) ? json{i.lo, i.hi} : json();
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

json estimate(const Estimate& e) {
  if (!e.value) return nullptr;
  return {{"estimate", *e.value}, {"ci95", e.known ? interval(e.ci95) : json()}};
}

json budget(const std::optional<UncertaintyBudget>& b) {
  return b ? to_json(*b) : json();
}

json cpus(const CpuCounts& c) {
  return {{"same", c.same},
          {"cross", c.cross},
          {"unknown", c.unknown},
          {"cross_share", or_null(c.cross_share())}};
}

double lost_share(const TapCount& end) {
  const double all = static_cast<double>(end.seen + end.lost);
  return all == 0 ? 0 : static_cast<double>(end.lost) / all;
}

/// "end_to_end_ns" where sender and taps have different clocks: how many packets arrived is known, their
/// times are not.
json unknown_times(std::uint64_t packets) {
  json j = {{"count", packets}, {"mean", nullptr}, {"min", nullptr}, {"max", nullptr}};
  j["ci95"] = json::object();
  for (const auto& [name, q] : kQuantiles) {
    j[name] = nullptr;
    j["undefined"][name] = "two clocks: what the device's is ahead is not known";
  }
  return j;
}

json end_to_end(const LaneTotals& lane, const ModeFigures& m) {
  const HdrHistogram& h = lane.end_to_end;
  json j = {{"count", h.count()}, {"mean", nullptr}, {"min", nullptr}, {"max", nullptr}};
  if (h.count() > 0) {
    j["mean"] = h.mean();
    j["min"] = h.min();
    j["max"] = h.max();
  }
  j["ci95"] = json::object();
  j["undefined"] = json::object();
  for (std::size_t i = 0; i < kQuantiles.size(); ++i) {
    const auto& [name, q] = kQuantiles[i];
    auto status = quantile_status(h, q, lost_share(lane.end));
    // The quantiles are of end slots only, which may have lost more packets than the others.
    if (status == QuantileStatus::kOk && !m.quantiles[i].value) status = QuantileStatus::kLoss;
    j[name] = status == QuantileStatus::kOk ? json(*m.quantiles[i].value) : json();
    if (status != QuantileStatus::kOk)
      j["undefined"][name] = std::string(reason(status));
    else if (m.quantiles[i].known)
      j["ci95"][name] = interval(m.quantiles[i].ci95);
  }
  return j;
}

json cost(const Measured& measured, std::size_t level, const ModeFigures& m) {
  if (!m.cost) return nullptr;
  const Cost& c = *m.cost;
  const bool any = c.median.builds() > 0, known = c.median.known();
  json shift = json::object();
  for (const char* name : {"p50", "p90", "p99", "p999"}) {
    const auto it = c.shift.find(name);
    shift[name] = it == c.shift.end() ? json() : estimate(it->second);
  }
  return {{"estimate", any ? json(c.median.shift().estimate) : json()},
          {"ci95", known ? interval(c.median.shift().ci) : json()},
          {"within_build_ci95", any ? interval(c.median.within) : json()},
          {"between_build_sd", or_null(c.median.between_sd)},
          {"share_of_host", estimate(c.share)},
          {"typical", any ? json{{"estimate", c.typical.shift().estimate},
                                 {"ci95", known ? interval(c.typical.shift().ci) : json()}}
                          : json()},
          {"ns_per_host_ns", any ? json(c.median.slope.value) : json()},
          {"builds", c.median.builds()},
          {"widened", known ? json(c.median.series.widened) : json()},
          {"p_value", known ? json(c.median.series.p_value) : json()},
          {"p_holm", known ? json(c.p_holm) : json()},
          {"verdict", c.verdict},
          {"builds_wanted", or_null(c.builds_wanted)},
          {"uncertainty", budget(cost_uncertainty(measured, level, m))},
          {"shift", shift}};
}

/// Counts by CPU, and the medians of packets that stayed on one CPU and of those that changed it. The first
/// hop's times are not known apart.
json hop_cpus(const HopTimes& h) {
  json j = cpus(h.cpu);
  j["same_p50_ns"] = j["cross_p50_ns"] = nullptr;
  const bool all = h.cpu.cross == 0 && h.cpu.unknown == 0;
  if (!h.invalid.empty() || h.times.count() == 0) return j;
  if (all) j["same_p50_ns"] = h.times.value_at_quantile(0.5);
  if (h.cross_times.count() == 0) return j;
  j["cross_p50_ns"] = h.cross_times.value_at_quantile(0.5);
  if (h.cpu.unknown == 0 && h.cpu.same > 0)
    j["same_p50_ns"] = h.times.less(h.cross_times).value_at_quantile(0.5);
  return j;
}

json watched(const HopTimes& h) {
  const auto quantile = [&](double q) {
    const bool ok = h.invalid.empty() && quantile_status(h.times, q) == QuantileStatus::kOk;
    return ok ? json(h.times.interpolated_quantile(q)) : json();
  };
  return {{"count", h.times.count()}, {"p50_ns", quantile(0.5)}, {"p99_ns", quantile(0.99)}};
}

json hop(const Measured& measured, std::size_t level, const ModeFigures& m, const Hop& h) {
  const bool valid = h.invalid.empty() && h.time.value;
  const HopTimes none;
  const HopTimes& seen = h.watched != nullptr ? *h.watched : none;
  json j = {{"from", h.from},
            {"to", h.to},
            {"p50_ns", valid ? json(*h.time.value) : json()},
            {"ci95", valid && h.time.known ? interval(h.time.ci95) : json()},
            {"tap_cost_ns", h.invalid.empty() ? estimate(h.tap_cost) : json()},
            {"watched", watched(seen)},
            {"part", seen.part.empty() ? json() : json(seen.part)},
            {"cpu", hop_cpus(seen)},
            {"uncertainty", budget(hop_uncertainty(measured, h))}};
  if (h.watched != nullptr) j["hlog"] = hop_log_name(measured, level, m.lane, h);
  if (!h.invalid.empty()) j["invalid"] = h.invalid;
  return j;
}

json all_taps(const std::optional<AllTaps>& a) {
  if (!a) return nullptr;
  const double excess = a->excess.shift().estimate;
  return {{"excess_ns", excess},
          {"ci95", a->excess.known() ? interval(a->excess.shift().ci) : json()},
          {"taps_ns", or_null(a->taps_ns)},
          {"shared_ns", or_null(a->shared.value)},
          {"shared_ci95", a->shared.known ? interval(a->shared.ci95) : json()}};
}

json taps(const LaneTotals& lane, const std::vector<MeasuredPoint>& points) {
  json all = json::array();
  for (const TapCount& t : lane.taps) {
    const auto at = std::ranges::find(points, t.name, &MeasuredPoint::name);
    all.push_back({{"name", t.name},
                   {"device", at == points.end() ? json() : json(at->device)},
                   {"seen", t.seen},
                   {"lost", t.lost},
                   {"duplicates", t.duplicates},
                   {"reordered", t.reordered},
                   {"ring_drops", t.ring_drops}});
  }
  return all;
}

/// Figures of each container, and how evenly the containers are served.
json containers(const std::optional<Fairness>& f, bool one_clock) {
  if (!f) return nullptr;
  json each = json::array();
  for (const ContainerFigure& c : f->containers) {
    const bool any = one_clock && c.p50.builds() > 0, known = any && c.p50.known();
    each.push_back({{"p50_ns", any ? json(c.p50.shift().estimate) : json()},
                    {"ci95", known ? interval(c.p50.shift().ci) : json()},
                    {"packets", c.timed},
                    {"lost", c.lost}});
  }
  return {{"fairness", {{"latency", estimate(f->latency)}, {"delivery", estimate(f->delivery)}}},
          {"each", std::move(each)}};
}

json mode(const Measured& measured, std::size_t level, const ModeFigures& m) {
  const LaneTotals& lane = measured.totals[level][m.lane];
  json per_packet = {{"missing", lane.missing_counters}};
  for (std::size_t i = 0; i < kCounterNames.size(); ++i)
    per_packet[kCounterNames[i]] = lane.counters[i] && lane.counted > 0
                                       ? json(*lane.counters[i] / static_cast<double>(lane.counted))
                                       : json();
  json hops = json::array();
  for (const Hop& h : m.hops) hops.push_back(hop(measured, level, m, h));
  return {
      {"name", measured.lanes[m.lane].name},
      {"topology", measured.topologies[m.lane]},
      {"sent", lane.sent},
      {"received", lane.end.seen},
      {"lost", lane.end.lost},
      {"duplicates", lane.end.duplicates},
      {"reordered", lane.end.reordered},
      {"end_to_end_ns", measured.one_clock ? end_to_end(lane, m) : unknown_times(lane.end_to_end.count())},
      {"cpu", cpus(lane.end_cpu)},
      {"cost_vs_host_ns", cost(measured, level, m)},
      {"hops", hops},
      {"all_taps", all_taps(m.all_taps)},
      {"containers", containers(m.fairness, measured.one_clock)},
      {"per_packet", per_packet},
      {"taps", taps(lane, measured.points[m.lane])},
      {"slots", lane.slots},
      {"void_slots", lane.void_slots},
      {"void_reasons", lane.void_reasons},
      {"hlog", measured.one_clock ? json(mode_log_name(measured, level, m.lane)) : json()}};
}

json control(const Measured& measured, const std::optional<Pair>& pair) {
  if (!pair) return nullptr;
  const OverBuilds& d = pair->difference;
  const bool known = d.known();
  return {{"mode", measured.lanes[pair->b].name},
          {"estimate_ns", known ? json(d.shift().estimate) : json()},
          {"ci95", known ? interval(d.shift().ci) : json()},
          {"within_build_ci95", known ? interval(d.within) : json()},
          {"holds_zero", known ? json(d.shift().ci.holds(0)) : json()}};
}

json lane_of_build(const LaneBuild& lane, const LaneBuild& host, bool is_host, bool one_clock) {
  json j = {{"p50_ns", lane.latency && one_clock ? json(lane.latency->value) : json()}};
  if (is_host) return j;
  const auto& cost = lane.against.front();
  j["cost_ns"] = cost ? json(cost->value) : json();
  j["within_se_ns"] = cost ? json(cost->se) : json();
  const bool share = one_clock && cost && host.latency && host.latency->value > 0;
  j["share"] = share ? json(cost->value / host.latency->value) : json();
  return j;
}

json builds(const Measured& measured, std::size_t level) {
  json all = json::array();
  for (const BuildFigures& b : measured.builds) {
    json lanes = json::object();
    for (std::size_t i = 0; b.counts() && i < measured.lanes.size(); ++i) {
      const auto& own = b.levels[level];
      lanes[measured.lanes[i].name] = lane_of_build(own[i], own[0], i == 0, measured.one_clock);
    }
    all.push_back({{"build", b.number},
                   {"begun_s", b.begun_s},
                   {"void", !b.counts()},
                   {"reasons", b.void_reasons},
                   {"lanes", lanes}});
  }
  return all;
}

json chain(const Measured& measured, const Chain& c) {
  const auto figure = [](const OverBuilds& o) {
    const bool known = o.known();
    return json{{"estimate_ns", known ? json(o.shift().estimate) : json()},
                {"ci95", known ? interval(o.shift().ci) : json()}};
  };
  json modes = json::array();
  for (const ChainMode& m : c.modes) {
    json one = {{"mode", measured.lanes[m.lane].name}, {"hops", m.hops}, {"residual", nullptr}};
    if (c.modes.size() > 2) one["residual"] = figure(m.residual);
    modes.push_back(std::move(one));
  }
  return {{"of", c.of},
          {"modes", std::move(modes)},
          {"slope", figure(c.slope)},
          {"p_straight", or_null(c.p_straight)}};
}

/// The controls' latency while nobody disturbs the CPU, and its median over the run.
json speed(const Slowness& s) {
  const bool known = s.middle > 0;
  return {{"undisturbed_ns", known ? json(s.undisturbed) : json()},
          {"typical_ns", known ? json(s.middle) : json()}};
}

}  // namespace

json level_json(const Config& config, const Measured& measured, std::size_t level,
                const LevelFigures& figures) {
  const Load& load = measured.levels[level];
  json modes = json::array(), pairs = json::array();
  for (const ModeFigures& m : figures.modes) modes.push_back(mode(measured, level, m));
  for (const Pair& p : figures.pairs) {
    const bool known = p.difference.known();
    pairs.push_back({{"a", measured.lanes[p.a].name},
                     {"b", measured.lanes[p.b].name},
                     {"estimate_ns", known ? json(p.difference.shift().estimate) : json()},
                     {"ci95", known ? interval(p.difference.shift().ci) : json()}});
  }
  json chains = json::array();
  for (const Chain& c : figures.chains) chains.push_back(chain(measured, c));
  return {{"load",
           {{"rate_pps", load.rate_pps},
            {"size", load.size},
            {"burst", load.burst},
            {"gap", config.gap},
            {"containers", load.containers},
            {"deal", load.containers > 1 ? json(deal_name(load.deal)) : json()}}},
          {"modes", modes},
          {"pairs", pairs},
          {"aa", control(measured, figures.aa)},
          {"instance", control(measured, figures.instance)},
          {"mde_ns", or_null(figures.mde_ns)},
          {"speed", speed(figures.speed)},
          {"chains", chains},
          {"builds", builds(measured, level)}};
}

}  // namespace hopcost::campaign
