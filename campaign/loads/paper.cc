#include "campaign/loads/paper.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

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

const json* case_of(const std::string& load, const std::string& label, const json& result) {
  for (const json& c : result["cases"]) {
    if (c["load"] == load && has_words(c["label"].get<std::string>(), label)) return &c;
  }
  return nullptr;
}

const json* named(const json& list, const std::string& name) {
  const auto at = std::ranges::find_if(list, [&](const json& one) { return one["name"] == name; });
  return at == list.end() ? nullptr : &*at;
}

/// The load's figure of that name, or the machine's.
const json* figure_of(const std::string& name, const json& of_case) {
  const json* figure = named(of_case["figures"], name);
  return figure != nullptr ? figure : named(of_case["machine"], name);
}

/// A mode's figure in a case.
struct Side {
  const json *figure = nullptr, *mode = nullptr;
};

/// The figures of two modes, as lanes 0 and 1; `scale` is how the claim compares them.
FigureSeries series_of(const Side& side, const Side& other, Scale scale) {
  const json& figure = *side.figure;
  FigureSeries series{{.name = figure["name"], .unit = figure["unit"], .scale = scale}, {}};
  const json &a = (*side.mode)["by_build"], &b = (*other.mode)["by_build"];
  const auto at = [](const json& v) { return v.is_number() ? std::optional(v.get<double>()) : std::nullopt; };
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    series.by_build.push_back({at(a[i]), at(b[i])});
  return series;
}

/// The size of the difference of a control whose interval excludes 0; 0 when there is none. In the figure's
/// unit, or of a ratio as a share of the lesser of the two.
double lasting(const json& figure) {
  const bool ratio = figure["compared_by"] != "difference";
  double floor = 0;
  for (const char* control : {"aa", "instance"}) {
    const json& c = figure[control];
    if (!c.is_object() || !is_interval(c["ci95"])) continue;
    if (c["ci95"][0].get<double>() <= 0 && c["ci95"][1].get<double>() >= 0) continue;
    const double share = c["estimate"];
    floor = std::max(floor, ratio && share < 0 ? 1 / (1 + share) - 1 : std::abs(share));
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

/// The mode's figure in the case with that label. Errors: why there is none.
Result<Side> side_of(const PaperRow& row, const std::string& load, const std::string& label,
                     const std::string& mode, const json& result) {
  const auto none = [](std::string why) { return error(Exit::kMissing, std::move(why)); };
  const json* of_case = case_of(load, label, result);
  if (of_case == nullptr) return none(fmt::format("no case {} {}", load, label));
  if ((*of_case)["left_out"].is_string()) return none((*of_case)["left_out"]);
  const json* figure = figure_of(row.figure, *of_case);
  if (figure == nullptr) return none(fmt::format("there is no figure {}", row.figure));
  const json* found = named((*figure)["modes"], mode);
  if (found == nullptr) return none(why_no_mode(mode, result));
  if (!(*found)["estimate"].is_number())
    return none(fmt::format("{} has no figure here: its counter is missing, or its quanta were void", mode));
  return Side{figure, found};
}

/// An interval, widened by the lasting differences of the controls: of one case, or of both cases' where the
/// two sides are of different ones. Those of ratios are ratios.
Interval widened(Interval ci, const Side& side, const Side& against, Scale scale) {
  std::vector<double> floors = {lasting(*side.figure)};
  if (against.figure != side.figure) floors.push_back(lasting(*against.figure));
  const bool differences = (*side.figure)["compared_by"] == "difference";
  for (const double floor : floors) {
    if (scale == Scale::kDifference) {
      ci = {ci.lo - floor, ci.hi + floor};
      continue;
    }
    // Where a ratio is asked of what is compared by difference, the floor is a share of what it is compared
    // with.
    const double factor =
        1 + (differences ? floor / std::abs((*against.mode)["estimate"].get<double>()) : floor);
    ci = {(1 + ci.lo) / factor - 1, (1 + ci.hi) * factor - 1};
  }
  return ci;
}

/// Adds the contrast to `out` and gives the outcome.
std::string compare_sides(const PaperRow& row, const Side& side, const Side& against, json& out) {
  const bool differ = (*side.figure)["compared_by"] == "difference" && !row.claims_ratio;
  const Scale scale = differ ? Scale::kDifference : Scale::kRatio;
  const FigureSeries series = series_of(side, against, scale);
  const OverBuilds o = contrast_of(series, 0, 1);
  out["compared_by"] = differ ? "difference" : "ratio";
  if (o.builds() == 0) return outcome_of(row.claim, std::nullopt);
  out["contrast"] = {
      {"estimate", shown(series.kind, o.shift().estimate)}, {"ci95", nullptr}, {"builds", o.builds()}};
  if (!o.known()) return outcome_of(row.claim, std::nullopt);
  const Interval ci{shown(series.kind, o.shift().ci.lo), shown(series.kind, o.shift().ci.hi)};
  out["contrast"]["ci95"] = {ci.lo, ci.hi};
  return outcome_of(row.claim, widened(ci, side, against, scale));
}

/// The outcome of a claim about several contrasts: it holds when it holds of each.
std::string of_all(const std::vector<std::string>& outcomes) {
  for (const char* worst : {"no claim", "does not hold", "undecided"}) {
    if (std::ranges::find(outcomes, worst) != outcomes.end()) return worst;
  }
  return "holds";
}

/// The outcome of an order: of each mode against the one before it. Errors: side_of()'s.
Result<std::string> outcome_of_order(const PaperRow& row, const json& result) {
  std::vector<std::string> outcomes;
  for (std::size_t i = 1; i < row.order.size(); ++i) {
    auto before = side_of(row, row.load, row.label, row.order[i - 1], result);
    if (!before) return forward(before);
    auto side = side_of(row, row.load, row.label, row.order[i], result);
    if (!side) return forward(side);
    json unused;
    outcomes.push_back(compare_sides(row, *side, *before, unused));
  }
  return of_all(outcomes);
}

/// Adds what was measured, and the outcome. Errors: why nothing was.
Result<void> judge_sides(const PaperRow& row, const json& result, json& out) {
  std::string ordered;
  if (row.order.size() > 1) {
    auto outcome = outcome_of_order(row, result);
    if (!outcome) return forward(outcome);
    ordered = std::move(*outcome);
  }
  auto side = side_of(row, row.load, row.label, row.mode, result);
  if (!side) return forward(side);
  auto against = side_of(row, row.against_load, row.against_label, row.against, result);
  if (!against) return forward(against);
  out["unit"] = (*side->figure)["unit"];
  out["here"] = (*side->mode)["estimate"];
  out["here_ci95"] = side->mode->value("ci95", json());
  const std::string outcome = compare_sides(row, *side, *against, out);
  out["outcome"] = ordered.empty() ? outcome : ordered;
  return {};
}

json judge_row(const PaperRow& row, const json& result) {
  const auto end = [](double x) { return std::isfinite(x) ? json(x) : json(); };
  json out = {{"where", row.where},
              {"what", row.what},
              {"paper", row.paper},
              {"mode", row.mode},
              {"against", row.against},
              {"order", row.order},
              {"figure", row.figure},
              {"unit", nullptr},
              {"here", nullptr},
              {"here_ci95", nullptr},
              {"compared_by", nullptr},
              {"contrast", nullptr},
              {"claim", row.claim ? json{end(row.claim->lo), end(row.claim->hi)} : json()},
              {"outcome", ""},
              {"reason", nullptr}};
  if (!row.cannot.empty()) return not_measured(std::move(out), row.cannot);
  if (auto r = judge_sides(row, result, out); !r) return not_measured(std::move(out), r.error().what);
  return out;
}

}  // namespace

std::optional<Interval> parse_claim(const std::string& text) {
  constexpr double kAny = std::numeric_limits<double>::infinity(), kFifth = 1.2;
  if (text == "lower") return Interval{-kAny, 0};
  if (text == "higher") return Interval{0, kAny};
  const auto number = [](const std::string& word) -> std::optional<double> {
    char* end = nullptr;
    const double value = std::strtod(word.c_str(), &end);
    const bool whole =
        end != word.c_str() && word.find_first_not_of(' ', end - word.c_str()) == std::string::npos;
    return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
  };
  for (const std::string word : {"below ", "above ", "times "}) {
    if (!text.starts_with(word)) continue;
    const auto bound = number(text.substr(word.size()));
    if (!bound) return std::nullopt;
    if (word == "below ") return Interval{-kAny, *bound};
    if (word == "above ") return Interval{*bound, kAny};
    if (*bound <= 0) return std::nullopt;
    return Interval{*bound / kFifth - 1, *bound * kFifth - 1};
  }
  const auto ends = split(text, ',');
  const auto lo = ends.size() == 2 ? number(ends[0]) : std::nullopt,
             hi = ends.size() == 2 ? number(ends[1]) : std::nullopt;
  if (!lo || !hi || !(*lo < *hi)) return std::nullopt;
  return Interval{*lo, *hi};
}

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
