#include "campaign/report/figure_text.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "campaign/report/intervals.h"

namespace hopcost::campaign {

using nlohmann::json;

std::string short_number(const json& value) {
  if (!value.is_number()) return "-";
  const double x = value.get<double>();
  for (const auto& [from, mark] : {std::pair{1e9, "G"}, {1e6, "M"}, {1e4, "k"}}) {
    if (std::abs(x) >= from) return fmt::format("{:.4g}{}", x / (from == 1e4 ? 1e3 : from), mark);
  }
  return fmt::format("{:.4g}", x);
}

std::string figure_text(const json& value, const json& ci95, const std::string& unit) {
  if (!value.is_number()) return "";
  std::string text = short_number(value);
  if (is_interval(ci95)) text += fmt::format(" [{}, {}]", short_number(ci95[0]), short_number(ci95[1]));
  return text + " " + unit;
}

std::string contrast_text(const json& figure, const json& contrast) {
  const auto word = [&](const char* key) {
    const auto at = figure.find(key);
    return at != figure.end() && at->is_string() ? at->get<std::string>() : "";
  };
  if (!contrast.is_object()) return "-";
  const json estimate = contrast.value("estimate", json()), ci = contrast.value("ci95", json());
  if (!estimate.is_number()) return "-";
  const bool ratio = word("compared_by") == "ratio";
  const double by = ratio ? 100 : 1;
  std::string text = fmt::format("{:+.1f}", by * estimate.get<double>());
  if (is_interval(ci))
    text += fmt::format(" [{:+.1f}, {:+.1f}]", by * ci[0].get<double>(), by * ci[1].get<double>());
  const std::string unit = word("unit");
  return text + (ratio ? " %" : unit == "%" ? " points" : unit.empty() ? "" : " " + unit);
}

}  // namespace hopcost::campaign
