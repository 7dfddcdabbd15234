#include "campaign/loads/loads_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "campaign/bench/environment.h"
#include "campaign/loads/time_series.h"
#include "campaign/report/folder.h"
#include "stats/paired.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

json finite(double x) {
  return std::isfinite(x) ? json(x) : json();
}

json interval(const OverBuilds& o, const auto& scaled) {
  if (!o.known()) return nullptr;
  return {finite(scaled(o.shift().ci.lo)), finite(scaled(o.shift().ci.hi))};
}

json contrast_json(const FigureKind& kind, const OverBuilds& o) {
  if (o.builds() == 0) return nullptr;
  const auto scaled = [&](double x) { return shown(kind, x); };
  return {{"estimate", finite(scaled(o.shift().estimate))},
          {"ci95", interval(o, scaled)},
          {"builds", o.builds()}};
}

json against_host(const FigureKind& kind, const std::optional<Judged>& judged) {
  if (!judged) return nullptr;
  json j = contrast_json(kind, judged->median);
  j["p_holm"] = judged->p_holm;
  j["p_same_holm"] = judged->p_same_holm;
  j["verdict"] = judged->verdict;
  j["in_words"] = in_words(kind, judged->verdict);
  j["builds_wanted"] = judged->builds_wanted ? json(*judged->builds_wanted) : json();
  return j;
}

json mode_json(const MeasuredLoads& measured, const FigureSeries& series, const ComparedMode& mode) {
  json by_build = json::array();
  for (const auto& build : series.by_build)
    by_build.push_back(build[mode.lane] ? finite(*build[mode.lane]) : json());
  const OverBuilds& v = mode.value;
  json j = {{"name", measured.lanes[mode.lane].name},
            {"estimate", v.builds() > 0 ? finite(v.shift().estimate) : json()},
            {"ci95", interval(v, [](double x) { return x; })},
            {"builds", v.builds()},
            {"by_build", std::move(by_build)},
            {"vs_host", against_host(series.kind, mode.against_host)}};
  return j;
}

const char* better_of(Better better) {
  if (better == Better::kNeither) return "";
  return better == Better::kHigher ? "higher" : "lower";
}

json figure_json(const MeasuredLoads& measured, const FigureSeries& series) {
  const ComparedFigure figure = compare(series, measured.lanes);
  json modes = json::array();
  std::optional<double> mde;
  for (const ComparedMode& m : figure.modes) {
    modes.push_back(mode_json(measured, series, m));
    if (m.against_host && m.against_host->median.known())
      mde = std::max(mde.value_or(0),
                     shown(series.kind, minimum_detectable_effect(m.against_host->median.shift())));
  }
  return {{"name", series.kind.name},
          {"unit", series.kind.unit},
          {"better", better_of(series.kind.better)},
          {"compared_by", series.kind.scale == Scale::kRatio ? "ratio" : "difference"},
          {"same_within", series.kind.same_within},
          {"modes", std::move(modes)},
          {"aa", contrast_json(series.kind, figure.repeat)},
          {"instance", contrast_json(series.kind, figure.instance)},
          {"mde", mde ? finite(*mde) : json()}};
}

json case_json(const MeasuredLoads& measured, std::size_t i) {
  const MeasuredCase& c = measured.cases[i];
  json figures = json::array(), each = json::array(), machine = json::array(), logs = json::object();
  for (const FigureSeries& s : c.figures) figures.push_back(figure_json(measured, s));
  for (const FigureSeries& s : c.each) each.push_back(figure_json(measured, s));
  for (const FigureSeries& s : c.machine) machine.push_back(figure_json(measured, s));
  for (std::size_t lane = 0; lane < c.histograms.size(); ++lane) {
    if (c.histograms[lane].count() > 0) logs[measured.lanes[lane].name] = load_log_name(measured, i, lane);
  }
  return {{"load", c.load.load},
          {"label", c.load.label},
          {"summary", c.load.summary},
          {"parameters", c.load.parameters},
          {"containers", c.load.containers},
          {"each", std::move(each)},
          {"quantum_s", c.load.quantum_s},
          {"left_out", c.left_out.empty() ? json() : json(c.left_out)},
          {"figures", std::move(figures)},
          {"machine", std::move(machine)},
          {"series", time_series(measured, i)},
          {"way", c.way},
          {"hlog", std::move(logs)}};
}

json voids_json(const MeasuredLoads& measured) {
  json all = json::array();
  for (const VoidQuantum& v : measured.voids)
    all.push_back({{"build", v.build},
                   {"load", v.load},
                   {"mode", v.mode},
                   {"reason", v.reason},
                   {"second_attempt", v.again}});
  return all;
}

/// Names the figures that are 0 in some builds: these have no ratio, so the builds are in no contrast.
void name_zeros(const MeasuredLoads& measured, json& reasons) {
  for (const MeasuredCase& c : measured.cases) {
    for (const auto* all : {&c.figures, &c.machine}) {
      for (const FigureSeries& s : *all) {
        std::vector<std::string> zeros;
        for (std::size_t lane = 0; lane < measured.lanes.size(); ++lane) {
          if (const std::size_t n = builds_of_zero(s, lane); n > 0)
            zeros.push_back(fmt::format("{} of {}", n, measured.lanes[lane].name));
        }
        if (!zeros.empty())
          reasons.push_back(fmt::format("{}, {}: builds that have 0 are in no contrast: {}", c.load.name(),
                                        s.kind.name, fmt::join(zeros, ", ")));
      }
    }
  }
}

/// What people must know besides the figures.
json reasons_json(const MeasuredLoads& measured) {
  json reasons = json::array();
  for (const MeasuredCase& c : measured.cases) {
    if (!c.left_out.empty())
      reasons.push_back(fmt::format("{} was not measured: {}", c.load.name(), c.left_out));
  }
  for (const VoidQuantum& v : measured.voids) {
    if (v.again)
      reasons.push_back(fmt::format("{} on {}, build {}: void twice: {}", v.load, v.mode, v.build, v.reason));
  }
  if (!measured.missing_counters.empty())
    reasons.push_back("counters that are missing here: " + measured.missing_counters);
  name_zeros(measured, reasons);
  if (measured.environment.is_object())
    for (const std::string& machine : emulated_machines(measured.environment)) reasons.push_back(machine);
  for (const std::string& why : measured.void_modes) reasons.push_back(why);
  for (const std::string& why : measured.void_builds) reasons.push_back("a build is left out: " + why);
  return reasons;
}

}  // namespace

std::string load_log_name(const MeasuredLoads& measured, std::size_t case_index, std::size_t lane) {
  std::string name =
      fmt::format("{}.{}.hlog", measured.cases[case_index].load.name(), measured.lanes[lane].name);
  std::ranges::replace_if(
      name, [](char c) { return c == '/' || c == ' '; }, '_');
  return name;
}

json loads_json(const RunFacts& facts, const Config& config, const LoadPlan& plan,
                const MeasuredLoads& measured) {
  json left_out = json::array(), modes = json::array(), cases = json::array();
  for (const LeftOut& out : facts.left_out) left_out.push_back({{"mode", out.mode}, {"reason", out.reason}});
  for (const Lane& lane : measured.lanes) {
    if (lane.role == Role::kMode) modes.push_back(lane.name);
  }
  for (std::size_t i = 0; i < measured.cases.size(); ++i) cases.push_back(case_json(measured, i));
  return {{"schema", kLoadsSchema},
          {"version", HOPCOST_VERSION},
          {"command", facts.command},
          {"started", facts.started},
          {"elapsed_s", measured.elapsed_s},
          {"complete", measured.partial_reason.empty()},
          {"partial_reason", measured.partial_reason.empty() ? json() : json(measured.partial_reason)},
          {"campaign",
           {{"modes", std::move(modes)},
            {"left_out", std::move(left_out)},
            {"ipv6", config.ipv6},
            {"seed", config.seed},
            {"builds", measured.builds},
            {"builds_void", measured.void_builds.size()},
            {"placement", plan.together ? "together" : "apart"}}},
          {"reasons", reasons_json(measured)},
          {"cases", std::move(cases)},
          {"void_quanta", voids_json(measured)},
          {"environment", measured.environment}};
}

}  // namespace hopcost::campaign
