#include "campaign/report/fleet_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/look.h"
#include "base/text.h"
#include "campaign/report/assets.h"
#include "campaign/report/intervals.h"
#include "campaign/report/load_words.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

std::string shown(const json& v) {
  if (v.is_string()) return html_text(v.get<std::string>());
  if (!v.is_number()) return "–";
  return v.is_number_float() ? fmt::format("{:.1f}", v.get<double>()) : v.dump();
}

std::string tenth(const json& v) {
  return v.is_number() ? fmt::format("{:+.1f}", v.get<double>()) : "–";
}

std::string ends(const json& ci) {
  return is_interval(ci) ? fmt::format("[{}, {}]", tenth(ci[0]), tenth(ci[1])) : "";
}

/// The scale to which a mode's intervals are drawn, and the drawing.
class Scale {
 public:
  static constexpr double kWidth = 420, kHeight = 18;

  explicit Scale(const json& mode) {
    for (const json& row : look(mode, "hosts")) add(look(row, "cost_ns"), "estimate");
    add(look(mode, "cost_ns"), "mean");
    const json& next = look(look(mode, "cost_ns"), "next_host95");
    if (is_interval(next)) {
      hold(next[0].get<double>());
      hold(next[1].get<double>());
    }
  }

  /// Draws an interval with its middle, and upright lines at 0 and at the mean.
  [[nodiscard]] std::string drawn(const json& middle, const json& ci, const json& mean,
                                  const char* colour) const {
    std::string svg = fmt::format(R"(<svg width="{}" height="{}" role="img" aria-label="{} {}">)", kWidth,
                                  kHeight, tenth(middle), ends(ci));
    svg += upright(0, "var(--rule)");
    if (mean.is_number()) svg += upright(mean.get<double>(), "var(--accent)");
    if (is_interval(ci))
      svg += fmt::format(R"(<line x1="{:.1f}" x2="{:.1f}" y1="9" y2="9" stroke="{}" stroke-width="3"/>)",
                         x(ci[0].get<double>()), x(ci[1].get<double>()), colour);
    if (middle.is_number())
      svg += fmt::format(R"(<circle cx="{:.1f}" cy="9" r="4" fill="{}"/>)", x(middle.get<double>()), colour);
    return svg + "</svg>";
  }

 private:
  void hold(double v) {
    low_ = std::min(low_, v);
    high_ = std::max(high_, v);
  }
  void add(const json& figure, const char* middle) {
    if (look(figure, middle).is_number()) hold(look(figure, middle).get<double>());
    const json& ci = look(figure, "ci95");
    for (const json& end : is_interval(ci) ? ci : json::array()) hold(end.get<double>());
  }
  [[nodiscard]] double x(double v) const {
    return high_ > low_ ? 6 + (v - low_) / (high_ - low_) * (kWidth - 12) : kWidth / 2;
  }
  [[nodiscard]] std::string upright(double at, const char* colour) const {
    return fmt::format(R"(<line x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}" stroke="{2}"/>)", x(at), kHeight,
                       colour);
  }

  double low_ = 0, high_ = 0;  // the scale always includes 0
};

std::string row_html(const json& row, const Scale& scale, const json& mean) {
  const json &cost = look(row, "cost_ns"), &share = look(row, "share_of_host");
  const bool outlier = look(row, "outlier") == true;
  const std::string remark =
      outlier ? fmt::format("differs from all others, who say {}", tenth(look(row, "others_mean_ns")))
      : look(row, "in_mean") == false ? "not in the mean"
                                      : "";
  return fmt::format("<tr><th>{}</th><td>{} {}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                     shown(look(row, "host")), tenth(look(cost, "estimate")), ends(look(cost, "ci95")),
                     scale.drawn(look(cost, "estimate"), look(cost, "ci95"), mean,
                                 outlier ? "var(--bad-rule)" : "var(--ink)"),
                     look(share, "estimate").is_number()
                         ? fmt::format("{:+.1f} %", 100 * look(share, "estimate").get<double>())
                         : "",
                     remark);
}

std::string mode_html(const json& mode) {
  const Scale scale(mode);
  const json& all = look(mode, "cost_ns");
  std::string html = fmt::format(
      "<h3>{}</h3>\n<table><thead><tr><th>host</th><th>cost, ns</th><th>95 % interval; the upright lines "
      "are 0 and the mean</th><th>of host</th><th></th></tr></thead><tbody>\n",
      shown(look(mode, "name")));
  for (const json& row : look(mode, "hosts")) html += row_html(row, scale, look(all, "mean"));
  if (!all.is_object()) return html + "</tbody></table>\n";
  html += fmt::format(
      "<tr><th>mean of {}</th><td>{} {}</td><td>{}</td><td></td><td>SD of hosts {} ns</td></tr>\n",
      shown(look(all, "hosts")), tenth(look(all, "mean")), ends(look(all, "ci95")),
      scale.drawn(look(all, "mean"), look(all, "ci95"), look(all, "mean"), "var(--accent)"),
      shown(look(all, "between_host_sd")));
  if (is_interval(look(all, "next_host95")))
    html += fmt::format("<tr><th>a further host</th><td>{}</td><td>{}</td><td></td><td></td></tr>\n",
                        ends(look(all, "next_host95")),
                        scale.drawn(json(), look(all, "next_host95"), look(all, "mean"), "var(--rule)"));
  return html + "</tbody></table>\n";
}

std::string level_html(const json& level) {
  const json& load = look(level, "load");
  std::string html =
      fmt::format("<section><h2>{} pps, {} bytes, bursts of {}{}</h2>\n", shown(look(load, "rate_pps")),
                  shown(look(load, "size")), shown(look(load, "burst")), containers_words(load));
  for (const json& mode : look(level, "modes")) html += mode_html(mode);
  return html + "</section>\n";
}

/// A link from the fleet's folder to the page of the host's own run.
std::string link_of(const json& host) {
  const json& folder = look(host, "folder");
  if (!folder.is_string() || !look(host, "started").is_string()) return shown(look(host, "name"));
  std::string url;
  for (const char c : folder.get<std::string>()) {
    const bool plain = (std::isalnum(static_cast<unsigned char>(c)) != 0) ||
                       std::string_view("/._-").find(c) != std::string_view::npos;
    url += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return fmt::format("<a href=\"{}/report.html\">{}</a>", url, shown(look(host, "name")));
}

std::string hosts_html(const json& fleet) {
  std::string html =
      "<section><h2>Hosts</h2>\n<table><thead><tr><th>host</th><th>state</th><th>seconds</th><th>kernel</th>"
      "<th>CPU</th><th></th></tr></thead><tbody>\n";
  for (const json& host : look(fleet, "hosts")) {
    const json& machine = look(host, "machine");
    const json& reason = look(host, "reason");
    html += fmt::format("<tr><th>{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                        link_of(host), shown(look(host, "state")), shown(look(host, "took_s")),
                        shown(look(machine, "kernel")), shown(look(machine, "cpu")),
                        reason.is_string() ? shown(reason) : "");
  }
  return html + "</tbody></table></section>\n";
}

}  // namespace

std::string make_fleet_page(const json& fleet) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>hopcost "
      "fleet</title>\n<style>";
  html += assets::kStyle;
  html +=
      "\ntd, th { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0; vertical-align: top; "
      "}\n</style></head><body><main>\n<h1>Fleet</h1>\n";
  html += fmt::format(
      "<p>{} hosts, begun {}; {} s. A mode's cost is against host on the same machine. The mean over "
      "hosts and its interval let hosts differ (random effects); \"a further host\" is where the cost of one "
      "more is to be expected.</p>\n",
      look(fleet, "hosts").size(), shown(look(fleet, "started")), shown(look(fleet, "elapsed_s")));
  for (const json& level : look(fleet, "levels")) html += level_html(level);
  return html + hosts_html(fleet) + "</main></body></html>\n";
}

}  // namespace hopcost::campaign
