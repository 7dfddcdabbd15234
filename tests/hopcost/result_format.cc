#include "tests/hopcost/result_format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

bool is_interval(const json& v) {
  return v.is_array() && v.size() == 2 && v[0].is_number() && v[1].is_number() && v[0] <= v[1];
}

/// One word of a type: number, integer, string, bool, object, array, interval, null.
bool is_one(const json& v, const std::string& type) {
  if (type == "number") return v.is_number();
  if (type == "integer") return v.is_number_integer();
  if (type == "string") return v.is_string();
  if (type == "bool") return v.is_boolean();
  if (type == "object") return v.is_object();
  if (type == "array") return v.is_array();
  if (type == "interval") return is_interval(v);
  return type == "null" && v.is_null();
}

using Types = std::vector<std::pair<std::string, std::string>>;

/// Each member is there with one of its types ("number|null"), and nothing that the document has not.
void expect_members(const json& object, const Types& types, const std::string& where,
                    const Types& optional = {}) {
  ASSERT_TRUE(object.is_object()) << where;
  Types all = types;
  for (const auto& o : optional) {
    if (object.contains(o.first)) all.push_back(o);
  }
  for (const auto& [key, type] : all) {
    ASSERT_TRUE(object.contains(key)) << where << "." << key;
    bool right = false;
    for (const std::string& word : split(type, '|')) right = right || is_one(object[key], word);
    EXPECT_TRUE(right) << where << "." << key << " is no " << type << ": " << object[key];
  }
  for (const auto& [key, value] : object.items()) {
    const bool known = std::ranges::any_of(all, [&](const auto& t) { return t.first == key; });
    EXPECT_TRUE(known) << where << "." << key << " is in no document";
  }
}

const Types kControl = {{"mode", "string"},
                        {"estimate_ns", "number|null"},
                        {"ci95", "interval|null"},
                        {"within_build_ci95", "interval|null"},
                        {"holds_zero", "bool|null"}};

void expect_estimate(const json& v, const std::string& where) {
  if (v.is_null()) return;
  expect_members(v, {{"estimate", "number"}, {"ci95", "interval|null"}}, where);
}

void expect_uncertainty(const json& v, const std::string& where) {
  if (v.is_null()) return;
  expect_members(v,
                 {{"terms", "array"},
                  {"combined_ns", "number"},
                  {"degrees_of_freedom", "number|null"},
                  {"coverage_factor", "number"},
                  {"expanded_ns", "number"},
                  {"complete", "bool"}},
                 where);
  for (const json& t : v["terms"])
    expect_members(t, {{"term", "string"}, {"ns", "number|null"}, {"how", "string"}}, where + ".terms[]");
}

void expect_cost(const json& c, const std::string& where) {
  expect_members(c,
                 {{"estimate", "number|null"},
                  {"ci95", "interval|null"},
                  {"within_build_ci95", "interval|null"},
                  {"between_build_sd", "number|null"},
                  {"share_of_host", "object|null"},
                  {"typical", "object|null"},
                  {"ns_per_host_ns", "number|null"},
                  {"builds", "integer"},
                  {"widened", "number|null"},
                  {"p_value", "number|null"},
                  {"p_holm", "number|null"},
                  {"verdict", "string"},
                  {"builds_wanted", "integer|null"},
                  {"uncertainty", "object|null"},
                  {"shift", "object"}},
                 where);
  expect_estimate(c["share_of_host"], where + ".share_of_host");
  expect_estimate(c["typical"], where + ".typical");
  expect_uncertainty(c["uncertainty"], where + ".uncertainty");
  for (const char* q : {"p50", "p90", "p99", "p999"}) {
    ASSERT_TRUE(c["shift"].contains(q)) << where;
    expect_estimate(c["shift"][q], where + ".shift");
  }
}

void expect_hop(const json& h, const std::string& where) {
  expect_members(h,
                 {{"from", "string"},
                  {"to", "string"},
                  {"p50_ns", "number|null"},
                  {"ci95", "interval|null"},
                  {"tap_cost_ns", "object|null"},
                  {"watched", "object"},
                  {"part", "string|null"},
                  {"cpu", "object"},
                  {"uncertainty", "object|null"}},
                 where, {{"hlog", "string"}, {"invalid", "string"}});
  expect_estimate(h["tap_cost_ns"], where + ".tap_cost_ns");
  expect_uncertainty(h["uncertainty"], where + ".uncertainty");
  expect_members(h["watched"],
                 {{"p50_ns", "number|null"}, {"p99_ns", "number|null"}, {"count", "integer|null"}},
                 where + ".watched");
  expect_members(h["cpu"],
                 {{"same", "integer"},
                  {"cross", "integer"},
                  {"unknown", "integer"},
                  {"cross_share", "number|null"},
                  {"same_p50_ns", "number|null"},
                  {"cross_p50_ns", "number|null"}},
                 where + ".cpu");
}

void expect_end_to_end(const json& e, const std::string& where) {
  expect_members(e,
                 {{"count", "integer"},
                  {"mean", "number|null"},
                  {"min", "number|null"},
                  {"max", "number|null"},
                  {"p50", "number|null"},
                  {"p90", "number|null"},
                  {"p99", "number|null"},
                  {"p999", "number|null"},
                  {"p9999", "number|null"},
                  {"ci95", "object"},
                  {"undefined", "object"}},
                 where);
  for (const char* q : {"p50", "p90", "p99", "p999", "p9999"}) {
    EXPECT_EQ(e[q].is_null(), e["undefined"].contains(q))
        << where << "." << q << ": null, and the reason why";
    if (e["ci95"].contains(q)) {
      EXPECT_TRUE(is_interval(e["ci95"][q])) << where << "." << q;
    }
  }
}

/// The parts of a mode that are objects of their own.
void expect_mode_parts(const json& m, const std::string& where) {
  if (m["all_taps"].is_object())
    expect_members(m["all_taps"],
                   {{"excess_ns", "number"},
                    {"ci95", "interval|null"},
                    {"taps_ns", "number|null"},
                    {"shared_ns", "number|null"},
                    {"shared_ci95", "interval|null"}},
                   where + ".all_taps");
  expect_members(m["per_packet"],
                 {{"cycles", "number|null"},
                  {"instructions", "number|null"},
                  {"context_switches", "number|null"},
                  {"page_faults", "number|null"},
                  {"missing", "string"}},
                 where + ".per_packet");
  expect_members(
      m["cpu"],
      {{"same", "integer"}, {"cross", "integer"}, {"unknown", "integer"}, {"cross_share", "number|null"}},
      where + ".cpu");
  if (m["containers"].is_object()) {
    expect_members(m["containers"], {{"fairness", "object"}, {"each", "array"}}, where + ".containers");
    for (const char* of : {"latency", "delivery"})
      expect_estimate(m["containers"]["fairness"][of], where + ".containers.fairness");
    for (const json& c : m["containers"]["each"])
      expect_members(
          c,
          {{"p50_ns", "number|null"}, {"ci95", "interval|null"}, {"packets", "integer"}, {"lost", "integer"}},
          where + ".containers.each[]");
  }
  for (const json& t : m["taps"])
    expect_members(t,
                   {{"name", "string"},
                    {"device", "string"},
                    {"seen", "integer"},
                    {"lost", "integer"},
                    {"duplicates", "integer"},
                    {"reordered", "integer"},
                    {"ring_drops", "integer"}},
                   where + ".taps[]");
}

void expect_mode(const json& m) {
  const std::string where = "modes[]." + m.value("name", "?");
  expect_members(m,
                 {{"name", "string"},
                  {"topology", "string"},
                  {"sent", "integer"},
                  {"received", "integer"},
                  {"lost", "integer"},
                  {"duplicates", "integer"},
                  {"reordered", "integer"},
                  {"end_to_end_ns", "object"},
                  {"cpu", "object"},
                  {"cost_vs_host_ns", m["name"] == "host" ? "null" : "object"},
                  {"hops", "array"},
                  {"all_taps", "object|null"},
                  {"containers", "object|null"},
                  {"per_packet", "object"},
                  {"taps", "array"},
                  {"slots", "integer"},
                  {"void_slots", "integer"},
                  {"void_reasons", "object"},
                  {"hlog", "string|null"}},
                 where);
  EXPECT_EQ(m["sent"].get<int>(), m["received"].get<int>() + m["lost"].get<int>()) << where;
  expect_end_to_end(m["end_to_end_ns"], where + ".end_to_end_ns");
  if (m["cost_vs_host_ns"].is_object()) expect_cost(m["cost_vs_host_ns"], where + ".cost_vs_host_ns");
  for (const json& h : m["hops"]) expect_hop(h, where + ".hops[]");
  expect_mode_parts(m, where);
}

void expect_builds(const json& builds) {
  for (const json& b : builds) {
    expect_members(b,
                   {{"build", "integer"},
                    {"begun_s", "number"},
                    {"void", "bool"},
                    {"reasons", "array"},
                    {"lanes", "object"}},
                   "builds[]");
    for (const auto& [lane, figures] : b["lanes"].items()) {
      Types types = {{"p50_ns", "number|null"}};
      if (lane != "host")
        types.insert(types.end(),
                     {{"cost_ns", "number|null"}, {"within_se_ns", "number|null"}, {"share", "number|null"}});
      expect_members(figures, types, "builds[].lanes." + lane);
    }
  }
}

const Types kLevel = {{"load", "object"},  {"modes", "array"},     {"pairs", "array"},
                      {"aa", "object"},    {"instance", "object"}, {"mde_ns", "number|null"},
                      {"speed", "object"}, {"chains", "array"},    {"builds", "array"}};

void expect_level(const json& level) {
  expect_members(level["load"],
                 {{"rate_pps", "number"},
                  {"size", "integer"},
                  {"burst", "integer"},
                  {"gap", "string"},
                  {"containers", "integer"},
                  {"deal", "string|null"}},
                 "load");
  for (const json& m : level["modes"]) expect_mode(m);
  for (const json& p : level["pairs"])
    expect_members(
        p, {{"a", "string"}, {"b", "string"}, {"estimate_ns", "number|null"}, {"ci95", "interval|null"}},
        "pairs[]");
  expect_members(level["aa"], kControl, "aa");
  expect_members(level["instance"], kControl, "instance");
  const Types figure = {{"estimate_ns", "number|null"}, {"ci95", "interval|null"}};
  for (const json& c : level["chains"]) {
    expect_members(c,
                   {{"of", "string"}, {"modes", "array"}, {"slope", "object"}, {"p_straight", "number|null"}},
                   "chains[]");
    expect_members(c["slope"], figure, "chains[].slope");
    for (const json& m : c["modes"]) {
      expect_members(m, {{"mode", "string"}, {"hops", "number"}, {"residual", "object|null"}},
                     "chains[].modes[]");
      if (!m["residual"].is_null()) expect_members(m["residual"], figure, "chains[].modes[].residual");
    }
  }
  expect_members(level["speed"], {{"undisturbed_ns", "number|null"}, {"typical_ns", "number|null"}}, "speed");
  expect_builds(level["builds"]);
}

void expect_campaign(const json& c) {
  expect_members(c,
                 {{"modes", "array"},
                  {"attach", "array"},
                  {"left_out", "array"},
                  {"switches", "array"},
                  {"machines", "array"},
                  {"ipv6", "bool"},
                  {"backend", "string"},
                  {"tap_kind", "string"},
                  {"wire", "string|null"},
                  {"seed", "integer"},
                  {"budget_s", "number"},
                  {"slot_ms", "number"},
                  {"end_slot_stretch", "number"},
                  {"train", "integer"},
                  {"untimed", "integer"},
                  {"instances", "integer"},
                  {"builds", "integer"},
                  {"builds_void", "integer"},
                  {"target_half_width_ns", "number|null"},
                  {"ended_by", "string"},
                  {"steering", "string"}},
                 "campaign");
  for (const json& out : c["left_out"])
    expect_members(out, {{"mode", "string"}, {"reason", "string"}}, "campaign.left_out[]");
  for (const json& s : c["switches"])
    expect_members(s, {{"mode", "string"}, {"device", "string"}, {"datapath", "string"}},
                   "campaign.switches[]");
  for (const json& m : c["machines"])
    expect_members(m, {{"mode", "string"}, {"device", "string"}, {"accelerator", "string"}},
                   "campaign.machines[]");
}

void expect_generator(const json& g) {
  expect_members(g,
                 {{"offered_pps", "number"},
                  {"achieved_pps", "number"},
                  {"departures", "integer"},
                  {"within_64_ns", "integer"},
                  {"within_128_ns", "integer"},
                  {"within_256_ns", "integer"},
                  {"within_512_ns", "integer"},
                  {"late_p50_ns", "number"},
                  {"late_p99_ns", "number"},
                  {"late_max_ns", "number"},
                  {"micro_bursts", "integer"},
                  {"missed_slots", "integer"},
                  {"tx_errors", "integer"},
                  {"clock_uncertainty_ns", "number"}},
                 "generator");
}

}  // namespace

void expect_format(const json& r) {
  Types top = {{"schema", "string"},
               {"version", "string"},
               {"command", "array"},
               {"started", "string"},
               {"elapsed_s", "number"},
               {"complete", "bool"},
               {"partial_reason", "string|null"},
               {"verdict", "object"},
               {"campaign", "object"},
               {"further_levels", "array"},
               {"clocks", "object"},
               {"stamp_regime", "string"},
               {"generator", "object"},
               {"diagnostics", "object"},
               {"environment", "object"}};
  top.insert(top.end(), kLevel.begin(), kLevel.end());
  expect_members(r, top, "result");
  EXPECT_EQ(r["schema"], "hopcost.result/2");
  expect_members(r["verdict"], {{"fit", "bool"}, {"reasons", "array"}, {"next", "array"}}, "verdict");
  expect_campaign(r["campaign"]);
  expect_members(r["clocks"],
                 {{"one_clock", "bool"},
                  {"one_way", "object|null"},
                  {"drift_ppm", "number|null"},
                  {"step_ns", "number"},
                  {"cpus", "integer"},
                  {"cpu_bound_ns", "number|null"}},
                 "clocks");
  if (r["clocks"]["one_way"].is_object())
    expect_members(r["clocks"]["one_way"], {{"from_ns", "number"}, {"to_ns", "number"}, {"by", "string"}},
                   "one_way");
  expect_generator(r["generator"]);
  expect_members(r["diagnostics"],
                 {{"late_share", "number|null"},
                  {"steal_ms", "number"},
                  {"softnet_squeezed", "integer"},
                  {"softnet_dropped", "integer"},
                  {"work_ns_min", "number|null"},
                  {"work_ns_median", "number|null"},
                  {"work_ns_max", "number|null"},
                  {"negative", "integer"}},
                 "diagnostics");
  expect_level(r);
  for (const json& level : r["further_levels"]) {
    expect_members(level, kLevel, "further_levels[]");
    expect_level(level);
  }
}

}  // namespace hopcost::campaign
