#include "campaign/result_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/control.h"
#include "campaign/uncertainty.h"
#include "stats/hdr_codec.h"
#include "stats/quantile_interval.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

struct NamedQuantile {
  const char* name;
  double q;
};
constexpr NamedQuantile kQuantiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"p9999", 0.9999}};

json interval(const Interval& i) {
  return std::isfinite(i.lo) && std::isfinite(i.hi) ? json{i.lo, i.hi} : json();
}

json estimate(const Estimate& e) {
  return e.known ? json{{"estimate", e.value}, {"ci95", interval(e.ci95)}} : json();
}

json end_to_end(const ModeFigures& m) {
  json j = {{"count", m.end_to_end.count()}, {"mean", nullptr}, {"min", nullptr}, {"max", nullptr}};
  if (m.end_to_end.count() > 0) {
    j["mean"] = m.end_to_end.mean();
    j["min"] = m.end_to_end.min();
    j["max"] = m.end_to_end.max();
  }
  j["ci95"] = json::object();
  j["undefined"] = json::object();
  for (const auto& [name, q] : kQuantiles) {
    const QuantileInterval found = quantile_interval(m.end_to_end, q, m.end.lost);
    j[name] = found.ok() ? json(found.estimate) : json();
    if (found.ok()) {
      j["ci95"][name] = interval({found.lo, found.hi});
    } else {
      j["undefined"][name] = std::string(reason(found.status));
    }
  }
  return j;
}

json budget(const std::optional<UncertaintyBudget>& b) {
  return b ? to_json(*b) : json();
}

json cpus(const CpuCounts& c) {
  const auto share = c.cross_share();
  return {{"same", c.same},
          {"cross", c.cross},
          {"unknown", c.unknown},
          {"cross_share", share ? json(*share) : json()}};
}

json cost(const std::optional<Cost>& c) {
  if (!c) return nullptr;
  const bool enough = c->median.enough;
  json shift = json::object();
  for (const char* name : {"p50", "p90", "p99", "p999"}) {
    const auto it = c->shift.find(name);
    shift[name] = it == c->shift.end() ? json() : estimate(it->second);
  }
  return {{"estimate", enough ? json(c->median.estimate) : json()},
          {"ci95", interval(c->median.ci)},
          {"bootstrap_ci95", enough ? interval(c->bootstrap) : json()},
          {"p_value", enough ? json(c->median.p_value) : json()},
          {"p_holm", enough ? json(c->p_holm) : json()},
          {"verdict", c->verdict},
          {"mean", estimate(c->mean)},
          {"shift", shift}};
}

/// With the medians of those that stayed and of those that changed; the first hop's are not told apart.
json hop_cpus(const Hop& h) {
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

json hop(const ModeFigures& m, const Hop& h, const Figures& f, const StampFacts& stamps) {
  const auto quantile = [&](double q) {
    const QuantileInterval found = quantile_interval(h.times, q);
    return found.ok() && h.invalid.empty() ? json(found.estimate) : json();
  };
  const bool valid = h.invalid.empty() && h.blocks > 0;
  json j = {{"from", h.from},
            {"to", h.to},
            {"mean_ns", valid ? json(h.mean_ns()) : json()},
            {"ci95", h.known && valid ? interval(h.ci95) : json()},
            {"p50_ns", quantile(0.5)},
            {"p99_ns", quantile(0.99)},
            {"raw_mean_ns", h.blocks > 0 ? json(h.raw_mean_ns) : json()},
            {"tap_cost_ns", h.tap_cost_ns},
            {"part", h.part.empty() ? json() : json(h.part)},
            {"cpu", hop_cpus(h)},
            {"uncertainty", budget(hop_uncertainty(h, f, stamps))},
            {"hlog", hop_log_name(m, h)}};
  if (!h.invalid.empty()) j["invalid"] = h.invalid;
  return j;
}

json closure(const std::optional<Closure>& c) {
  if (!c) return nullptr;
  return {{"end_to_end_mean_ns", c->end_to_end_mean_ns},
          {"hop_sum_ns", c->hop_sum_ns},
          {"unexplained_ns", c->unexplained.value},
          {"ci95", c->unexplained.known ? interval(c->unexplained.ci95) : json()}};
}

json mode(const ModeFigures& m, const Figures& f, const StampFacts& stamps) {
  json per_packet = {{"missing", m.missing_counters}};
  for (std::size_t i = 0; i < kCounterNames.size(); ++i)
    per_packet[kCounterNames[i]] = m.per_packet[i] ? json(*m.per_packet[i]) : json();
  json hops = json::array(), taps = json::array(), blocks = json::array();
  for (const Hop& h : m.hops) hops.push_back(hop(m, h, f, stamps));
  json cost_json = cost(m.cost);
  if (cost_json.is_object()) cost_json["uncertainty"] = budget(cost_uncertainty(m, f, stamps));
  for (const TapCount& t : m.taps) {
    const auto at = std::ranges::find_if(
        m.path.points, [&](const MeasuredPoint& p) { return p.name == t.name || twin_of(p.name) == t.name; });
    taps.push_back({{"name", t.name},
                    {"device", at == m.path.points.end() ? json() : json(at->device)},
                    {"seen", t.seen},
                    {"lost", t.lost},
                    {"duplicates", t.duplicates},
                    {"reordered", t.reordered},
                    {"ring_drops", t.ring_drops}});
  }
  const auto number = [](const std::optional<double>& v) { return v ? json(*v) : json(); };
  for (const BlockPoint& b : m.blocks) {
    blocks.push_back({{"block", b.block},
                      {"p50_ns", number(b.p50_ns)},
                      {"mean_ns", number(b.mean_ns)},
                      {"cost_ns", number(b.cost_ns)}});
  }
  return {{"name", m.path.name},
          {"topology", m.path.topology},
          {"sent", m.sent},
          {"received", m.end.seen - std::min(m.end.seen, m.end.duplicates)},
          {"lost", m.end.lost},
          {"duplicates", m.end.duplicates},
          {"reordered", m.end.reordered},
          {"end_to_end_ns", end_to_end(m)},
          {"cpu", cpus(m.end_cpu)},
          {"cost_vs_host_ns", std::move(cost_json)},
          {"hops", hops},
          {"closure", closure(m.closure)},
          {"per_packet", per_packet},
          {"taps", taps},
          {"slots", m.slots},
          {"void_slots", m.void_slots},
          {"void_reasons", m.void_reasons},
          {"blocks", blocks},
          {"hlog", mode_log_name(m)}};
}

json control(const std::optional<Pair>& pair) {
  if (!pair) return nullptr;
  const bool enough = pair->shift.enough;
  return {{"mode", pair->a},
          {"estimate_ns", enough ? json(pair->shift.estimate) : json()},
          {"ci95", enough ? interval(pair->shift.ci) : json()},
          {"holds_zero", enough ? json(pair->shift.ci.holds(0)) : json()}};
}

json campaign(const RunFacts& facts, const Config& c, const Figures& f) {
  return {{"modes", c.modes},
          {"backend", facts.backend},
          {"tap_kind", facts.tap_kind},
          {"seed", c.seed},
          {"budget_s", c.budget_s},
          {"slot_ms", c.slot_ms},
          {"blocks", f.blocks - f.void_blocks},
          {"blocks_void", f.void_blocks},
          {"target_half_width_ns", c.target_half_width_ns > 0 ? json(c.target_half_width_ns) : json()},
          {"steering", "inline"},
          {"twin_of", c.twin_of.empty() ? json() : json(c.twin_of)}};
}

/// That of the cost that is known worst.
json widest_budget(const json& modes) {
  json widest;
  for (const json& m : modes) {
    const json& c = m["cost_vs_host_ns"];
    if (!c.is_object() || !c["uncertainty"].is_object()) continue;
    if (widest.is_null() || c["uncertainty"]["combined_ns"] > widest["combined_ns"]) {
      widest = c["uncertainty"];
      widest["mode"] = m["name"];
    }
  }
  return widest;
}

}  // namespace

json generator_json(const std::vector<SlotResult>& slots) {
  json sum = json::object();
  double offered = 0, achieved = 0, uncertainty = 0;
  std::size_t n = 0;
  HdrHistogram late;
  for (const SlotResult& s : slots) {
    if (!s.counts() || !s.audit.is_object()) continue;
    ++n;
    offered += get_number_or(s.audit, "offered_pps", 0);
    achieved += get_number_or(s.audit, "achieved_pps", 0);
    uncertainty = std::max(uncertainty, get_number_or(s.audit, "clock_uncertainty_ns", 0));
    for (const char* key : {"departures", "micro_bursts", "missed_slots"}) {
      sum[key] = sum.value(key, std::uint64_t{0}) + get_uint_or(s.audit, key, 0);
    }
    const double departures = get_number_or(s.audit, "departures", 0);
    for (const char* key :
         {"within_64_ns", "within_128_ns", "within_256_ns", "within_512_ns"}) {  // shares become counts
      sum[key] = sum.value(key, std::uint64_t{0}) +
                 static_cast<std::uint64_t>(std::llround(get_number_or(s.audit, key, 0) * departures));
    }
    if (auto h = decode_base64(get_string_or(s.audit, "late_histogram", ""))) (void)late.merge(*h);
  }
  if (n == 0) return sum;
  sum["offered_pps"] = offered / static_cast<double>(n);
  sum["achieved_pps"] = achieved / static_cast<double>(n);
  sum["clock_uncertainty_ns"] = uncertainty;
  sum["late_p50_ns"] = late.value_at_quantile(0.5);
  sum["late_p99_ns"] = late.value_at_quantile(0.99);
  sum["late_max_ns"] = late.max();
  return sum;
}

json result_json(const RunFacts& facts, const Config& config, const Measured& measured,
                 const Figures& figures, const json& environment) {
  json modes = json::array(), pairs = json::array();
  const StampFacts stamps = stamp_facts(measured.clocks, measured.slots);
  for (const ModeFigures& m : figures.modes) modes.push_back(mode(m, figures, stamps));
  for (const Pair& p : figures.pairs) {
    const bool enough = p.shift.enough;
    pairs.push_back({{"a", p.a},
                     {"b", p.b},
                     {"estimate_ns", enough ? json(p.shift.estimate) : json()},
                     {"ci95", enough ? interval(p.shift.ci) : json()}});
  }
  return {{"schema", "hopcost.result/1"},
          {"version", HOPCOST_VERSION},
          {"command", facts.command},
          {"started", facts.started},
          {"elapsed_s", measured.elapsed_s},
          {"complete", measured.partial_reason.empty()},
          {"partial_reason", measured.partial_reason.empty() ? json() : json(measured.partial_reason)},
          {"verdict", {{"fit", figures.fit}, {"reasons", figures.reasons}}},
          {"campaign", campaign(facts, config, figures)},
          {"load",
           {{"rate_pps", config.load.rate_pps},
            {"size", config.load.size},
            {"burst", config.load.burst},
            {"gap", config.load.gap}}},
          {"modes", modes},
          {"pairs", pairs},
          {"aa", control(figures.aa)},
          {"rebuild", control(figures.rebuild)},
          {"mde_ns", figures.mde_ns ? json(*figures.mde_ns) : json()},
          {"tap_cost_ns", {{"in", estimate(figures.tap_in)}, {"out", estimate(figures.tap_out)}}},
          {"uncertainty_budget", widest_budget(modes)},
          {"clocks",
           {{"step_ns", measured.clocks.step_ns},
            {"cpus", measured.clocks.cpus},
            {"cpu_bound_ns", measured.clocks.cpu_bound_ns ? json(*measured.clocks.cpu_bound_ns) : json()}}},
          {"stamp_regime", figures.regime},
          {"generator", generator_json(measured.slots)},
          {"environment", environment}};
}

}  // namespace hopcost::campaign
