#include "campaign/report/loads_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "campaign/report/assets.h"
#include "campaign/report/figure_text.h"
#include "campaign/report/intervals.h"
#include "campaign/report/time_chart.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr double kWidth = 320, kHeight = 18;  // of an interval's drawing

/// The text of a member, as HTML; empty when it has none.
std::string shown_text(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? html_text(at->get<std::string>()) : "";
}

const json& list_of(const json& object, const char* key) {
  static const json kNone = json::array();
  const auto at = object.find(key);
  return at != object.end() && at->is_array() ? *at : kNone;
}

/// The end of an interval that is furthest from 0; all are drawn to this scale.
double furthest(const json& figure) {
  double far = 0;
  for (const json& m : list_of(figure, "modes")) {
    if (!m.contains("vs_host") || !m["vs_host"].is_object()) continue;
    const json ci = m["vs_host"].value("ci95", json());
    if (is_interval(ci)) far = std::max({far, std::abs(ci[0].get<double>()), std::abs(ci[1].get<double>())});
  }
  return far > 0 ? far : 1;
}

std::string drawing(const json& contrast, double far) {
  const auto x = [&](double v) { return kWidth / 2 + v / far * (kWidth / 2 - 6); };
  std::string svg = fmt::format(
      "<svg width=\"{0}\" height=\"{1}\" role=\"img\"><line x1=\"{2}\" x2=\"{2}\" y1=\"0\" y2=\"{1}\" "
      "stroke=\"var(--rule)\"/>",
      kWidth, kHeight, kWidth / 2);
  const json ci = contrast.value("ci95", json()), middle = contrast.value("estimate", json());
  if (is_interval(ci))
    svg += fmt::format(
        "<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"9\" y2=\"9\" stroke=\"var(--accent)\" stroke-width=\"3\"/>",
        x(ci[0].get<double>()), x(ci[1].get<double>()));
  if (middle.is_number() && std::abs(middle.get<double>()) <= far)
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"9\" r=\"4\" fill=\"var(--accent)\"/>",
                       x(middle.get<double>()));
  return svg + "</svg>";
}

std::string contrast_cells(const json& figure, const json& contrast, double far) {
  if (!contrast.is_object()) return "<td colspan=\"3\"></td>";
  return fmt::format("<td>{}</td><td>{}</td><td>{}</td>", html_text(contrast_text(figure, contrast)),
                     drawing(contrast, far), shown_text(contrast, "in_words"));
}

std::string figure_table(const json& figure) {
  const std::string better = shown_text(figure, "better");
  std::string html = fmt::format(
      "<h3>{}, {}{}</h3>\n<table><thead><tr><th>mode</th><th>{}</th><th>95 %</th>"
      "<th>against host</th><th></th><th></th></tr></thead><tbody>\n",
      shown_text(figure, "name"), shown_text(figure, "unit"),
      better.empty() ? "" : fmt::format(" <small>({} is better)</small>", better),
      shown_text(figure, "unit"));
  const double far = furthest(figure);
  for (const json& m : list_of(figure, "modes")) {
    const json ci = m.value("ci95", json());
    html +=
        fmt::format("<tr><th>{}</th><td>{}</td><td>{}</td>{}</tr>\n", shown_text(m, "name"),
                    short_number(m.value("estimate", json())),
                    is_interval(ci) ? fmt::format("[{}, {}]", short_number(ci[0]), short_number(ci[1])) : "",
                    contrast_cells(figure, m.value("vs_host", json()), far));
  }
  for (const auto& [key, name] :
       {std::pair{"aa", "host measured twice"}, {"instance", "a second instance of host"}}) {
    html += fmt::format("<tr><th><small>{}</small></th><td></td><td></td>{}</tr>\n", name,
                        contrast_cells(figure, figure.value(key, json()), far));
  }
  return html + "</tbody></table>\n";
}

/// The paper's rows with what came out here; empty for a run of loads that is no paper's.
std::string paper_section(const json& result) {
  const auto paper = result.find("paper");
  if (paper == result.end() || !paper->is_object()) return "";
  std::string html = fmt::format(
      "<section><h2>{}</h2><p>{}</p>\n<table "
      "class=\"paper\"><thead><tr><th>where</th><th>what</th><th>paper</th><th>here</th>"
      "<th>against the other</th><th>claim</th></tr></thead><tbody>\n",
      shown_text(*paper, "title"), shown_text(*paper, "about"));
  for (const json& row : list_of(*paper, "rows")) {
    if (!row.is_object()) continue;
    const std::string reason = shown_text(row, "reason");
    const json contrast = row.value("contrast", json());
    html += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}{}</td></tr>\n",
        shown_text(row, "where"), shown_text(row, "what"), shown_text(row, "paper"),
        figure_text(row.value("here", json()), row.value("here_ci95", json()), shown_text(row, "unit")),
        contrast.is_object() ? html_text(contrast_text(row, contrast)) : "", shown_text(row, "outcome"),
        reason.empty() ? "" : ": " + reason);
  }
  return html + "</tbody></table></section>\n";
}

/// What the machine did, tenth by tenth, in an element that the reader can open; empty when nothing is known.
std::string course(const json& c) {
  std::string charts;
  for (const json& series : list_of(c, "series")) {
    if (series.is_object()) charts += time_chart(series);
  }
  if (charts.empty()) return "";
  return "<details><summary>The same in the course of a quantum</summary>\n<p>Means over all quanta, ten "
         "times a second.</p>\n<div class=\"courses\">" +
         charts + "</div></details>\n";
}

/// Whether any mode has the figure: a machine lacks some counters and sensors.
bool is_known(const json& figure) {
  return std::ranges::any_of(list_of(figure, "modes"), [](const json& m) {
    return m.is_object() && m.value("estimate", json()).is_number();
  });
}

/// The figures in `member`, in an element that the reader can open; empty when there are none.
std::string folded(const json& c, const char* member, const char* title) {
  if (list_of(c, member).empty()) return "";
  std::string html = fmt::format("<details><summary>{}</summary>\n", title);
  for (const json& figure : list_of(c, member)) {
    if (is_known(figure)) html += figure_table(figure);
  }
  return html + "</details>\n";
}

std::string case_section(const json& c) {
  std::string html = fmt::format("<section><h2>{} {}</h2><p>{}</p>\n", shown_text(c, "load"),
                                 shown_text(c, "label"), shown_text(c, "summary"));
  if (const std::string why = shown_text(c, "left_out"); !why.empty())
    html += "<p>Not measured: " + why + "</p>\n";
  for (const json& figure : list_of(c, "figures")) html += figure_table(figure);
  html += folded(c, "each", "What each container has");
  return html + folded(c, "machine", "What the machine did meanwhile") + course(c) + "</section>\n";
}

}  // namespace

std::string make_loads_page(const json& result) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>hopcost load</title>\n<style>";
  html += assets::kStyle;
  html +=
      "\ntd, th { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0; "
      "}\n.courses { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; }\n.courses figure { margin: 0; "
      "max-width: 26rem; }\n.paper td { white-space: normal; "
      "}\n</style></head><body><main>\n<h1>Loads</h1>\n";
  const json campaign = result.value("campaign", json::object());
  html += fmt::format(
      "<p>{} builds, begun {}. Every mode was made anew for each build; intervals are over builds. Contrasts "
      "are against host in the "
      "same builds.</p>\n",
      short_number(campaign.value("builds", json())), shown_text(result, "started"));
  if (const std::string why = shown_text(result, "partial_reason"); !why.empty())
    html += "<p>Ended early: " + why + "</p>\n";
  for (const json& reason : list_of(result, "reasons")) {
    if (reason.is_string()) html += "<p>" + html_text(reason.get<std::string>()) + "</p>\n";
  }
  html += paper_section(result);
  for (const json& c : list_of(result, "cases")) html += case_section(c);
  return html + "</main></body></html>\n";
}

}  // namespace hopcost::campaign
