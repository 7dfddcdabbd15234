#include "campaign/device/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"

namespace hopcost::campaign {
namespace {

constexpr double kWidth = 640, kHeight = 300, kLeft = 72, kRight = 16, kTop = 12, kBottom = 46;
constexpr int kTicks = 5;
constexpr const char* kColours[] = {"#1f6feb", "#d1242f", "#1a7f37", "#8250df", "#bf8700", "#57606a"};

/// "1.5k", "20M": axes have little room.
std::string tick_text(double v) {
  for (const auto& [unit, name] : {std::pair{1e9, "G"}, {1e6, "M"}, {1e3, "k"}})
    if (v >= unit) return fmt::format("{:g}{}", std::round(v / unit * 1000) / 1000, name);
  return fmt::format("{:g}", std::round(v * 1e6) / 1e6);
}

struct Scale {
  double most_x, least_y, most_y;  // least_y is 0 where the axis is not logarithmic
  [[nodiscard]] double x(double v) const { return kLeft + v / most_x * (kWidth - kLeft - kRight); }
  [[nodiscard]] double y(double v) const {
    const double share = least_y > 0 ? std::log(v / least_y) / std::log(most_y / least_y) : v / most_y;
    return kHeight - kBottom - share * (kHeight - kTop - kBottom);
  }
};

std::string axes(const Graph& g, const Scale& s, const std::vector<double>& xs,
                 const std::vector<double>& ys) {
  std::string svg;
  for (const double v : ys)
    svg += fmt::format(
        "<line class=grid x1={:.1f} x2={:.1f} y1={:.1f} y2={:.1f} /><text x={:.1f} y={:.1f} "
        "text-anchor=end>{}</text>",
        kLeft, kWidth - kRight, s.y(v), s.y(v), kLeft - 6, s.y(v) + 4, tick_text(v));
  for (const double v : xs)
    svg += fmt::format("<text x={:.1f} y={:.1f} text-anchor=middle>{}</text>", s.x(v), kHeight - kBottom + 18,
                       tick_text(v));
  svg += fmt::format("<text x={:.1f} y={:.1f} text-anchor=middle>{}</text>", (kLeft + kWidth - kRight) / 2,
                     kHeight - 8, html_text(g.x));
  svg += fmt::format("<text transform=\"translate(14 {:.1f}) rotate(-90)\" text-anchor=middle>{}</text>",
                     (kTop + kHeight - kBottom) / 2, html_text(g.y));
  return svg;
}

std::string drawn(const Line& line, const Scale& s, const char* colour) {
  std::string path, points;
  for (const auto& [x, y] : line.points) {
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", s.x(x), s.y(y));
    points +=
        fmt::format("<circle cx={:.1f} cy={:.1f} r=3 fill=\"{}\"><title>{}: {:g}, {:g}</title></circle>",
                    s.x(x), s.y(y), colour, html_text(line.name), x, y);
  }
  const std::string dash = line.dashed ? " stroke-dasharray=\"5 4\"" : "";
  return fmt::format("<path d=\"{}\" fill=none stroke=\"{}\" stroke-width=2{} />{}", path, colour, dash,
                     line.dashed ? "" : points);
}

}  // namespace

std::vector<double> round_ticks(double most) {
  if (!(most > 0)) return round_ticks(1);
  const double rough = most / kTicks;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double times : {1.0, 2.0, 5.0}) {
    if (times * power < rough) continue;
    step = times * power;
    break;
  }
  std::vector<double> ticks;
  const int count = static_cast<int>(std::ceil(most / step - 1e-9));
  for (int i = 0; i <= count; ++i) ticks.push_back(i * step);
  return ticks;
}

std::vector<double> powers_of_ten(double least, double most) {
  std::vector<double> powers;
  const int first = static_cast<int>(std::floor(std::log10(least))),
            last = static_cast<int>(std::ceil(std::log10(most)));
  for (int i = first; i <= std::max(last, first + 1); ++i) powers.push_back(std::pow(10, i));
  return powers;
}

std::string svg_of(const Graph& asked) {
  Graph g = asked;
  double most_x = 0, least_y = std::numeric_limits<double>::infinity(), most_y = 0;
  bool any = false;
  for (Line& line : g.lines) {
    if (g.log_y) std::erase_if(line.points, [](const auto& p) { return !(p.second > 0); });
    for (const auto& [x, y] : line.points) {
      most_x = std::max(most_x, x);
      least_y = std::min(least_y, y);
      most_y = std::max(most_y, y);
      any = true;
    }
  }
  if (!any) return "";
  const auto xs = round_ticks(most_x), ys = g.log_y ? powers_of_ten(least_y, most_y) : round_ticks(most_y);
  const Scale s{xs.back(), ys.front(), ys.back()};
  std::string lines, legend;
  for (std::size_t i = 0; i < g.lines.size(); ++i) {
    const char* const colour = kColours[i % std::size(kColours)];
    lines += drawn(g.lines[i], s, colour);
    legend +=
        fmt::format("<span><i style=\"background:{}\"></i>{}</span>", colour, html_text(g.lines[i].name));
  }
  return fmt::format(
      "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {} {}\" role=img aria-label=\"{}\">{}{}</svg>"
      "<div class=legend>{}</div></figure>\n",
      html_text(g.title), kWidth, kHeight, html_text(g.title), axes(g, s, xs, ys), lines, legend);
}

}  // namespace hopcost::campaign
