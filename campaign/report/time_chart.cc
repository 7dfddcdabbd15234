#include "campaign/report/time_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/text.h"
#include "campaign/report/figure_text.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr double kChartWidth = 420, kChartHeight = 120;  // of the whole drawing
constexpr double kLeft = 62, kBottom = 18, kMargin = 8;  // where the axes are
constexpr std::size_t kColours = 6;                      // --s1 to --s6 of page.css; host has its own

struct Line {
  std::string name;
  std::vector<double> at_s, value;
};

/// The numbers of a list; nothing when it is no list, or has others than numbers.
std::optional<std::vector<double>> numbers(const json& of, const char* key) {
  const auto at = of.find(key);
  if (at == of.end() || !at->is_array() ||
      !std::ranges::all_of(*at, [](const json& x) { return x.is_number(); }))
    return std::nullopt;
  return at->get<std::vector<double>>();
}

/// The text of a member; empty when it has none.
std::string words_of(const json& of, const char* key) {
  const auto at = of.find(key);
  return at != of.end() && at->is_string() ? at->get<std::string>() : "";
}

std::vector<Line> lines_of(const json& series) {
  std::vector<Line> lines;
  const auto modes = series.find("modes");
  if (modes == series.end() || !modes->is_array()) return lines;
  for (const json& m : *modes) {
    if (!m.is_object() || !m.contains("name") || !m["name"].is_string()) continue;
    auto at = numbers(m, "at_s"), value = numbers(m, "mean");
    if (at && value && at->size() == value->size() && at->size() >= 2)
      lines.push_back({m["name"], std::move(*at), std::move(*value)});
  }
  return lines;
}

std::string colour(const Line& line, std::size_t number) {
  return line.name == "host" ? "var(--host)"
                             : fmt::format("var(--s{})", (number + kColours - 1) % kColours + 1);
}

std::string axis_text(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-size=\"10\" fill=\"var(--soft)\">{}</text>", x,
      y, anchor, html_text(text));
}

}  // namespace

std::string time_chart(const json& series) {
  const std::vector<Line> lines = lines_of(series);
  if (lines.empty()) return "";
  double last_s = 0, low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Line& line : lines) {
    last_s = std::max(last_s, line.at_s.back());
    low = std::min(low, std::ranges::min(line.value));
    high = std::max(high, std::ranges::max(line.value));
  }
  if (last_s <= 0) return "";
  const double span = high > low ? high - low : 1;
  const auto x = [&](double s) { return kLeft + s / last_s * (kChartWidth - kLeft - kMargin); };
  const auto y = [&](double v) {
    return kChartHeight - kBottom - (v - low) / span * (kChartHeight - kBottom - kMargin);
  };
  const std::string name = words_of(series, "name"), unit = words_of(series, "unit");
  std::string html = fmt::format(
      "<figure><figcaption>{0}, {1}</figcaption>\n<svg width=\"{2}\" height=\"{3}\" role=\"img\" "
      "aria-label=\"{0} over time\">"
      "<path d=\"M{4} {5} V{6} H{7}\" fill=\"none\" stroke=\"var(--rule)\"/>",
      html_text(name), html_text(unit), kChartWidth, kChartHeight, kLeft, kMargin, kChartHeight - kBottom,
      kChartWidth - kMargin);
  html += axis_text(kLeft - 4, y(low), "end", short_number(low));
  if (high > low) html += axis_text(kLeft - 4, y(high) + 8, "end", short_number(high));
  html += axis_text(kLeft, kChartHeight - 4, "start", "0 s");
  html += axis_text(kChartWidth - kMargin, kChartHeight - 4, "end", fmt::format("{:.2g} s", last_s));
  std::string legend;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const char* const dashes = i > kColours ? " stroke-dasharray=\"5 2\"" : "";  // the colours begin again
    std::string points;
    for (std::size_t k = 0; k < lines[i].value.size(); ++k)
      points += fmt::format("{:.1f},{:.1f} ", x(lines[i].at_s[k]), y(lines[i].value[k]));
    html += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"{}/>",
                        points, colour(lines[i], i), dashes);
    legend += fmt::format("<span style=\"color:{}\">{} {}</span> ", colour(lines[i], i),
                          i > kColours ? "&#9476;" : "&#9644;", html_text(lines[i].name));
  }
  return html + "</svg>\n<div><small>" + legend + "</small></div></figure>\n";
}

}  // namespace hopcost::campaign
