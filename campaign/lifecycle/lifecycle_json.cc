#include "campaign/lifecycle/lifecycle_json.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>

#include "stats/series.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// The estimate with its interval. Times are skewed and above 0, so their logarithms are averaged; steps that
/// took no time have none.
json figure(std::vector<double> series) {
  const bool positive = std::ranges::all_of(series, [](double ms) { return ms > 0; });
  if (positive) std::ranges::transform(series, series.begin(), [](double ms) { return std::log(ms); });
  const auto back = [&](double x) { return positive ? std::exp(x) : x; };
  const Shift shift = shift_of(series).shift;
  json f = {{"ms", back(shift.estimate)}, {"ci95_ms", nullptr}};
  if (shift.enough) f["ci95_ms"] = {back(shift.ci.lo), back(shift.ci.hi)};
  return f;
}

json figure_of(const std::vector<Trial>& trials, const std::function<double(const Trial&)>& value) {
  std::vector<double> series;
  for (const Trial& t : trials) series.push_back(value(t));
  return figure(std::move(series));
}

using Steps = std::map<std::string, double>;

json steps_json(const std::vector<Trial>& trials, std::span<const char* const> names, Steps Trial::*member) {
  json steps = json::array();
  for (const char* name : names) {
    json one = figure_of(trials, [&](const Trial& t) {
      const Steps& all = t.*member;
      const auto found = all.find(name);
      return found == all.end() ? 0.0 : found->second;
    });
    one["step"] = name;
    steps.push_back(std::move(one));
  }
  return steps;
}

json trial_json(const Trial& t) {
  return {{"all", t.all},
          {"each", t.each},
          {"steps", t.steps},
          {"removal", t.removal_all},
          {"removal_steps", t.removal_steps}};
}

json cell_json(const Tried& t) {
  json trials = json::array();
  for (const Trial& trial : t.trials) trials.push_back(trial_json(trial));
  return {{"mode", t.cell.mode},
          {"engine", t.cell.engine ? json(t.cell.engine->word) : json()},
          {"containers", t.cell.containers},
          {"manner", text(t.cell.manner)},
          {"trials", std::move(trials)},
          {"all", figure_of(t.trials, [](const Trial& x) { return x.all; })},
          {"each", figure_of(t.trials, [](const Trial& x) { return x.each; })},
          {"steps", steps_json(t.trials, build_steps(t.cell), &Trial::steps)},
          {"removal", figure_of(t.trials, [](const Trial& x) { return x.removal_all; })},
          {"removal_steps", steps_json(t.trials, removal_steps(t.cell), &Trial::removal_steps)}};
}

std::string with_interval(const json& f) {
  const json& ci = f.at("ci95_ms");
  const double value = f.at("ms").get<double>();
  if (ci.is_null()) return fmt::format("{:.2f} [-]", value);
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", value, ci[0].get<double>(), ci[1].get<double>());
}

}  // namespace

json lifecycle_json(const std::vector<Tried>& tried, const std::vector<LeftOut>& left_out, std::uint64_t seed,
                    bool partial) {
  utsname kernel{};
  uname(&kernel);
  json cells = json::array();
  for (const Tried& t : tried) {
    if (!t.trials.empty()) cells.push_back(cell_json(t));
  }
  json missing = json::array();
  for (const LeftOut& out : left_out) missing.push_back({{"engine", out.mode}, {"reason", out.reason}});
  return {{"schema", "hopcost.lifecycle/1"},
          {"kernel", kernel.release},
          {"cpus", sysconf(_SC_NPROCESSORS_ONLN)},
          {"seed", seed},
          {"partial", partial},
          {"left_out", std::move(missing)},
          {"cells", std::move(cells)}};
}

namespace {

/// The table of the modes' cells, or of the engines', which have other steps.
std::string table_of(const json& cells, bool engines) {
  const auto is_one = [&](const json& c) { return c.at("engine").is_string() == engines; };
  const auto first = std::ranges::find_if(cells, is_one);
  if (first == cells.end()) return "";
  std::string out =
      fmt::format("{:<14} {:>10}  {:<10} {:>26} {:>26}", engines ? "engine" : "mode", "containers", "ordered",
                  engines ? "all answer, ms [95 %]" : "all carry, ms [95 %]", "each its own, ms [95 %]");
  for (const json& step : first->at("steps")) out += fmt::format("  {}", step.at("step").get<std::string>());
  out += fmt::format(" {:>26}\n", "removal of all, ms [95 %]");
  for (const json& c : cells) {
    if (!is_one(c)) continue;
    out += fmt::format("{:<14} {:>10}  {:<10} {:>26} {:>26}", c.at("mode").get<std::string>(),
                       c.at("containers").get<unsigned>(), c.at("manner").get<std::string>(),
                       with_interval(c.at("all")), with_interval(c.at("each")));
    for (const json& s : c.at("steps"))
      out += fmt::format("  {:>{}.2f}", s.at("ms").get<double>(), s.at("step").get<std::string>().size());
    out += fmt::format(" {:>26}\n", with_interval(c.at("removal")));
  }
  return out;
}

}  // namespace

std::string lifecycle_table(const json& result) {
  const std::string modes = table_of(result.at("cells"), false), engines = table_of(result.at("cells"), true);
  return modes + (modes.empty() || engines.empty() ? "" : "\n") + engines;
}

}  // namespace hopcost::campaign
