#include "campaign/loads/loads_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "campaign/report/figure_text.h"
#include "campaign/report/intervals.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

std::string value_span(const json& mode) {
  return is_interval(mode["ci95"])
             ? fmt::format("[{}, {}]", short_number(mode["ci95"][0]), short_number(mode["ci95"][1]))
             : "";
}

std::string mode_line(const json& figure, const json& mode, std::size_t width) {
  const json& c = mode["vs_host"];
  std::string line = fmt::format("  {:<{}} {:>9} {:<20}", mode["name"].get<std::string>(), width,
                                 short_number(mode["estimate"]), value_span(mode));
  if (c.is_object())
    line += fmt::format("  {:<28} {}", contrast_text(figure, c), c["in_words"].get<std::string>());
  else if (mode["name"] == "host")
    line += "  reference";
  return line + "\n";
}

std::string figure_lines(const json& figure, std::size_t width) {
  const auto better = figure["better"].get<std::string>();
  std::string text =
      fmt::format("  {}, {}{}\n", figure["name"].get<std::string>(), figure["unit"].get<std::string>(),
                  better.empty() ? "" : fmt::format(" ({} is better)", better));
  for (const json& m : figure["modes"]) text += mode_line(figure, m, width);
  return text;
}

/// The contrasts of all figures but the first.
std::string others(const json& c, const std::string& mode) {
  std::string text;
  for (std::size_t f = 1; f < c["figures"].size(); ++f) {
    const json& figure = c["figures"][f];
    for (const json& m : figure["modes"]) {
      if (m["name"] != mode || !m["vs_host"].is_object()) continue;
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", figure["name"].get<std::string>(),
                          contrast_text(figure, m["vs_host"]));
    }
  }
  return text;
}

/// Each container's value of the figure that they share.
std::string each_line(const json& c, const std::string& mode, std::size_t width) {
  std::string text;
  for (const json& figure : c["each"]) {
    for (const json& m : figure["modes"]) {
      if (m["name"] == mode) text += " " + short_number(m["estimate"]);
    }
  }
  return text.empty() ? "" : fmt::format("  {:<{}} each{}\n", mode, width, text);
}

/// The most important of the machine's figures, where they are known.
std::string machine_line(const json& c, const std::string& mode, std::size_t width) {
  std::string text;
  for (const char* name : {"cpu_busy", "cpu_ns_a_packet", "context_switches", "cycles", "ipc"}) {
    for (const json& figure : c["machine"]) {
      if (figure["name"] != name) continue;
      for (const json& m : figure["modes"]) {
        if (m["name"] == mode && m["estimate"].is_number())
          text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, short_number(m["estimate"]));
      }
    }
  }
  return text.empty() ? "" : fmt::format("  {:<{}} meanwhile {}\n", mode, width, text);
}

std::string case_lines(const json& c, std::size_t width) {
  std::string text = fmt::format("\n{}{}{}: {}\n", c["load"].get<std::string>(), c["label"] == "" ? "" : " ",
                                 c["label"].get<std::string>(), c["summary"].get<std::string>());
  if (c["left_out"].is_string() || c["figures"].empty()) return text + "  not measured\n";
  text += figure_lines(c["figures"][0], width);
  for (const json& m : c["figures"][0]["modes"]) {
    const std::string name = m["name"].get<std::string>();
    if (const std::string more = others(c, name); !more.empty())
      text += fmt::format("  {:<{}} also {}\n", name, width, more);
  }
  for (const json& m : c["figures"][0]["modes"]) text += each_line(c, m["name"].get<std::string>(), width);
  for (const json& m : c["figures"][0]["modes"]) text += machine_line(c, m["name"].get<std::string>(), width);
  const json& first = c["figures"][0];
  return text + fmt::format("  controls: host measured twice {}, a second instance {}\n",
                            contrast_text(first, first["aa"]), contrast_text(first, first["instance"]));
}

}  // namespace

std::string render_loads(const json& result) {
  std::size_t width = 10;
  for (const json& m : result["campaign"]["modes"]) width = std::max(width, m.get<std::string>().size());
  std::string text =
      fmt::format("{} builds, {:.0f} s, clients and servers {}; against host, 95 % intervals over builds\n",
                  result["campaign"]["builds"].get<std::size_t>(), result["elapsed_s"].get<double>(),
                  result["campaign"]["placement"] == "together" ? "on one CPU" : "on CPUs of their own");
  for (const json& c : result["cases"]) text += case_lines(c, width);
  return text + notes_of(result);
}

std::string notes_of(const json& result) {
  std::string text = result["reasons"].empty() ? "" : "\n";
  for (const json& r : result["reasons"]) text += "note: " + r.get<std::string>() + "\n";
  if (result["partial_reason"].is_string())
    text += "ended early: " + result["partial_reason"].get<std::string>() + "\n";
  return text;
}

}  // namespace hopcost::campaign
