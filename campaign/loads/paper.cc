#include "campaign/loads/paper.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "campaign/figures/figure_series.h"
#include "campaign/loads/loads_table.h"
#include "campaign/report/intervals.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// Whether the label has every word that the row asks for.
bool has_words(const std::string& label, const std::string& wanted) {
  const auto words = split(label, ' ');
  for (const std::string& word : split(wanted, ' ')) {
    if (!word.empty() && std::ranges::find(words, word) == words.end()) return false;
  }
  return true;
}

const json* case_of(const PaperRow& row, const json& result) {
  for (const json& c : result["cases"]) {
    if (c["load"] == row.load && has_words(c["label"].get<std::string>(), row.label)) return &c;
  }
  return nullptr;
}

const json* named(const json& list, const std::string& name) {
  const auto at = std::ranges::find_if(list, [&](const json& one) { return one["name"] == name; });
  return at == list.end() ? nullptr : &*at;
}

/// The load's figure of that name, or the machine's.
const json* figure_of(const PaperRow& row, const json& of_case) {
  const json* figure = named(of_case["figures"], row.figure);
  return figure != nullptr ? figure : named(of_case["machine"], row.figure);
}

/// The figures of two modes, as lanes 0 and 1.
FigureSeries series_of(const json& figure, const json& mode, const json& against) {
  FigureSeries series{{.name = figure["name"], .unit = figure["unit"], .scale = Scale::kRatio}, {}};
  if (figure["compared_by"] == "difference") series.kind.scale = Scale::kDifference;
  const json &a = mode["by_build"], &b = against["by_build"];
  const auto at = [](const json& v) { return v.is_number() ? std::optional(v.get<double>()) : std::nullopt; };
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    series.by_build.push_back({at(a[i]), at(b[i])});
  return series;
}

/// The difference of a control whose interval excludes 0, as a share or in the figure's unit; 0 when there is
/// none.
double lasting(const json& figure) {
  double floor = 0;
  for (const char* control : {"aa", "instance"}) {
    const json& c = figure[control];
    if (!c.is_object() || !is_interval(c["ci95"])) continue;
    if (c["ci95"][0].get<double>() > 0 || c["ci95"][1].get<double>() < 0)
      floor = std::max(floor, std::abs(c["estimate"].get<double>()));
  }
  return floor;
}

json not_measured(json row, std::string why) {
  row["outcome"] = "not measured";
  row["reason"] = std::move(why);
  return row;
}

std::string why_no_mode(const std::string& mode, const json& result) {
  for (const json& out : result["campaign"]["left_out"]) {
    if (out["mode"] == mode) return fmt::format("{}: {}", mode, out["reason"].get<std::string>());
  }
  return mode + " was not among the modes";
}

/// Adds the contrast and the outcome to the row.
void compare_modes(const PaperRow& row, const json& figure, const json& mode, const json& against,
                   json& out) {
  const FigureSeries series = series_of(figure, mode, against);
  const OverBuilds o = contrast_of(series, 0, 1);
  out["unit"] = figure["unit"];
  out["here"] = mode["estimate"];
  out["compared_by"] = figure["compared_by"];
  std::optional<Interval> contrast;
  if (o.builds() > 0) {
    out["contrast"] = {
        {"estimate", shown(series.kind, o.shift().estimate)}, {"ci95", nullptr}, {"builds", o.builds()}};
    if (o.known()) {
      const double floor = lasting(figure);
      const Interval ci{shown(series.kind, o.shift().ci.lo), shown(series.kind, o.shift().ci.hi)};
      out["contrast"]["ci95"] = {ci.lo, ci.hi};
      contrast = Interval{ci.lo - floor, ci.hi + floor};
    }
  }
  out["outcome"] = outcome_of(row.claim, contrast);
}

json judge_row(const PaperRow& row, const json& result) {
  const auto end = [](double x) { return std::isfinite(x) ? json(x) : json(); };
  json out = {{"where", row.where},
              {"what", row.what},
              {"paper", row.paper},
              {"mode", row.mode},
              {"against", row.against},
              {"figure", row.figure},
              {"unit", nullptr},
              {"here", nullptr},
              {"compared_by", nullptr},
              {"contrast", nullptr},
              {"claim", row.claim ? json{end(row.claim->lo), end(row.claim->hi)} : json()},
              {"outcome", ""},
              {"reason", nullptr}};
  if (!row.cannot.empty()) return not_measured(std::move(out), row.cannot);
  const json* of_case = case_of(row, result);
  if (of_case == nullptr)
    return not_measured(std::move(out), fmt::format("no case {} {}", row.load, row.label));
  if ((*of_case)["left_out"].is_string()) return not_measured(std::move(out), (*of_case)["left_out"]);
  const json* figure = figure_of(row, *of_case);
  if (figure == nullptr)
    return not_measured(std::move(out), fmt::format("there is no figure {}", row.figure));
  const json *mode = named((*figure)["modes"], row.mode), *against = named((*figure)["modes"], row.against);
  if (mode == nullptr || against == nullptr)
    return not_measured(std::move(out), why_no_mode(mode == nullptr ? row.mode : row.against, result));
  if (!(*mode)["estimate"].is_number() || !(*against)["estimate"].is_number())
    return not_measured(std::move(out),
                        fmt::format("{} has no figure here: its counter is missing, or its quanta were void",
                                    (*mode)["estimate"].is_number() ? row.against : row.mode));
  compare_modes(row, *figure, *mode, *against, out);
  return out;
}

}  // namespace

std::string outcome_of(const std::optional<Interval>& claim, const std::optional<Interval>& contrast) {
  if (!claim) return "no claim";
  if (!contrast) return "undecided";
  if (claim->lo <= contrast->lo && contrast->hi <= claim->hi) return "holds";
  if (contrast->hi < claim->lo || contrast->lo > claim->hi) return "does not hold";
  return "undecided";
}

json judge_paper(const Paper& paper, const json& result) {
  json rows = json::array();
  for (const PaperRow& row : paper.rows) rows.push_back(judge_row(row, result));
  return {{"name", paper.name}, {"title", paper.title}, {"about", paper.about}, {"rows", std::move(rows)}};
}

}  // namespace hopcost::campaign
