#include "campaign/result/result_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "campaign/result/level_json.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

json left_out(const RunFacts& facts) {
  json all = json::array();
  for (const LeftOut& out : facts.left_out) all.push_back({{"mode", out.mode}, {"reason", out.reason}});
  return all;
}

/// The devices for which the machine, not the topology's file, decides who does the work. These are Open
/// vSwitch bridges (`option` "datapath": the kernel or a program) and virtual machines ("accelerator": the
/// CPU or an emulator).
json decided_here(const json& environment, const char* option) {
  const json none = json::object();
  json all = json::array();
  const json topologies = environment.is_object() ? environment.value("topologies", none) : none;
  for (const auto& [mode, settings] : topologies.items()) {
    if (!settings.is_object()) continue;  // the settings could not be read; it is the error's text
    const json nodes = settings.value("nodes", none);
    for (const auto& [node, read] : nodes.items()) {
      const json devices = read.value("devices", none);
      for (const auto& [device, d] : devices.items()) {
        const json options = d.value("options", none);
        if (options.contains(option))
          all.push_back({{"mode", mode}, {"device", node + "/" + device}, {option, options[option]}});
      }
    }
  }
  return all;
}

json campaign(const RunFacts& facts, const Config& c, const Measured& m, const json& environment) {
  return {{"modes", c.modes},
          {"attach", c.attach},
          {"left_out", left_out(facts)},
          {"switches", decided_here(environment, "datapath")},
          {"machines", decided_here(environment, "accelerator")},
          {"ipv6", c.ipv6},
          {"backend", facts.backend},
          {"tap_kind", facts.tap_kind},
          {"wire", facts.wire.empty() ? json() : json(facts.wire)},
          {"seed", c.seed},
          {"budget_s", c.budget_s * static_cast<double>(m.levels.size())},
          {"slot_ms", c.slot_ms},
          {"end_slot_stretch", m.end_slot_stretch},
          {"train", c.trains.departures},
          {"untimed", c.trains.untimed},
          {"instances", m.instances},
          {"builds", m.good_builds()},
          {"builds_void", m.builds.size() - m.good_builds()},
          {"target_half_width_ns", c.target_half_width_ns > 0 ? json(c.target_half_width_ns) : json()},
          {"ended_by", m.ended_by},
          {"steering", c.steer ? "steered" : "inline"}};
}

json generator(const GeneratorTotals& g) {
  json j = g.audit;
  if (g.slots == 0) return j;
  const double n = static_cast<double>(g.slots);
  j["offered_pps"] = g.offered / n;
  j["achieved_pps"] = g.achieved / n;
  j["clock_uncertainty_ns"] = g.clock_fit_ns;
  j["late_p50_ns"] = g.late.value_at_quantile(0.5);
  j["late_p99_ns"] = g.late.value_at_quantile(0.99);
  j["late_max_ns"] = g.late.max();
  return j;
}

json diagnostics(const Measured& m) {
  const Disturbance& d = m.generator.disturbance;
  std::vector<double> work = m.generator.work_ns;
  std::ranges::sort(work);
  const auto at = [&](std::size_t i) { return work.empty() ? json() : json(work[i]); };
  std::uint64_t negative = 0;
  for (const auto& level : m.totals) {
    for (const LaneTotals& lane : level) negative += lane.negative;
  }
  return {{"late_share", d.departures > 0 ? json(d.late / d.departures) : json()},
          {"steal_ms", d.steal_ns / 1e6},
          {"softnet_squeezed", d.squeezed},
          {"softnet_dropped", d.dropped},
          {"work_ns_min", at(0)},
          {"work_ns_median", at(work.size() / 2)},
          {"work_ns_max", at(work.empty() ? 0 : work.size() - 1)},
          {"negative", negative}};
}

std::string stem(const Measured& measured, std::size_t level, std::size_t lane) {
  std::string name = measured.lanes[lane].name;
  std::ranges::replace_if(
      name, [](char c) { return c == '/' || c == ' '; }, '_');
  return level == 0 ? name : fmt::format("{}.level{}", name, level + 1);
}

json one_way(const std::optional<OneWayBounds>& bounds) {
  if (!bounds) return nullptr;
  return {{"from_ns", bounds->lo_ns}, {"to_ns", bounds->hi_ns}, {"by", bounds->by}};
}

}  // namespace

std::string mode_log_name(const Measured& measured, std::size_t level, std::size_t lane) {
  return stem(measured, level, lane) + ".hlog";
}

std::string hop_log_name(const Measured& measured, std::size_t level, std::size_t lane, const Hop& hop) {
  return fmt::format("{}.{}-{}.hlog", stem(measured, level, lane), hop.from, hop.to);
}

json result_json(const RunFacts& facts, const Config& config, const Measured& measured,
                 const Figures& figures, const json& environment) {
  json result = {
      {"schema", "hopcost.result/2"},
      {"version", HOPCOST_VERSION},
      {"command", facts.command},
      {"started", facts.started},
      {"elapsed_s", measured.elapsed_s},
      {"complete", measured.partial_reason.empty()},
      {"partial_reason", measured.partial_reason.empty() ? json() : json(measured.partial_reason)},
      {"verdict", {{"fit", figures.fit}, {"reasons", figures.reasons}, {"next", figures.next}}},
      {"campaign", campaign(facts, config, measured, environment)},
      {"clocks",
       {{"one_clock", measured.one_clock},
        {"one_way", one_way(measured.one_way)},
        {"drift_ppm", measured.drift_ppm ? json(*measured.drift_ppm) : json()},
        {"step_ns", measured.clocks.step_ns},
        {"cpus", measured.clocks.cpus},
        {"cpu_bound_ns", measured.clocks.cpu_bound_ns ? json(*measured.clocks.cpu_bound_ns) : json()}}},
      {"stamp_regime", figures.regime},
      {"generator", generator(measured.generator)},
      {"diagnostics", diagnostics(measured)},
      {"environment", environment},
      {"further_levels", json::array()}};
  for (std::size_t level = 0; level < figures.levels.size(); ++level) {
    json own = level_json(config, measured, level, figures.levels[level]);
    if (level == 0)
      result.update(own);
    else
      result["further_levels"].push_back(std::move(own));
  }
  return result;
}

}  // namespace hopcost::campaign
