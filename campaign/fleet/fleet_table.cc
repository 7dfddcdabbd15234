#include "campaign/fleet/fleet_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/columns.h"
#include "campaign/report/intervals.h"
#include "campaign/report/load_words.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;
using Row = std::vector<std::string>;

std::string fleet_number(const json& v, double times) {
  return v.is_number() ? fmt::format("{:+.1f}", times * v.get<double>()) : "-";
}

/// A figure with its interval: "+803.0 [+797.4, +809.1]".
std::string with_ends(const json& middle, const json& ci, double times = 1) {
  if (!middle.is_number()) return "-";
  if (!is_interval(ci)) return fleet_number(middle, times) + " [unknown]";
  return fmt::format("{} [{}, {}]", fleet_number(middle, times), fleet_number(ci[0], times),
                     fleet_number(ci[1], times));
}

std::string bare(const json& v) {
  return v.is_string() ? v.get<std::string>() : "";
}

const json* row_of(const json& mode, const json& host) {
  for (const json& row : mode["hosts"])
    if (row["host"] == host["name"]) return &row;
  return nullptr;
}

/// Adds a row with a figure over all hosts, unless all its cells are empty.
void add_summary(std::vector<Row>& rows, const std::string& name, const json& modes, auto&& cell) {
  Row row = {name};
  for (const json& mode : modes) row.push_back(cell(mode));
  if (std::ranges::any_of(row.begin() + 1, row.end(), [](const std::string& c) { return c != "-"; }))
    rows.push_back(std::move(row));
}

std::string cell_of(const json& mode, const json& host) {
  const json* row = row_of(mode, host);
  if (row == nullptr) return "-";
  return with_ends((*row)["cost_ns"]["estimate"], (*row)["cost_ns"]["ci95"]) +
         ((*row)["outlier"] == true ? " !" : "");
}

std::string level_text(const json& fleet, const json& level) {
  const json &load = level["load"], &modes = level["modes"];
  std::string text = fmt::format(
      "{} pps, {} bytes, bursts of {}, {} gaps{}; costs against host in ns, with 95 % intervals\n\n",
      load["rate_pps"].get<double>(), load["size"].get<int>(), load["burst"].get<int>(), bare(load["gap"]),
      containers_words(load));
  std::vector<Row> rows = {{"host"}};
  for (const json& mode : modes) rows.front().push_back(bare(mode["name"]));
  for (const json& host : fleet["hosts"]) {
    Row row = {bare(host["name"])};
    for (const json& mode : modes) row.push_back(cell_of(mode, host));
    if (host["state"] != "complete") row.push_back(bare(host["state"]));
    rows.push_back(std::move(row));
  }
  const auto together = [](const json& mode, const char* figure, const char* key) -> json {
    return mode[figure].is_object() ? mode[figure][key] : json();
  };
  rows.emplace_back();
  add_summary(rows, "mean", modes, [&](const json& m) {
    return with_ends(together(m, "cost_ns", "mean"), together(m, "cost_ns", "ci95"));
  });
  add_summary(rows, "SD of hosts", modes, [&](const json& m) {
    const json sd = together(m, "cost_ns", "between_host_sd");
    return sd.is_number() ? fmt::format("{:.1f}", sd.get<double>()) : "-";
  });
  add_summary(rows, "a further host", modes, [&](const json& m) {
    const json ends = together(m, "cost_ns", "next_host95");
    return is_interval(ends) ? fmt::format("[{}, {}]", fleet_number(ends[0], 1), fleet_number(ends[1], 1))
                             : "-";
  });
  add_summary(rows, "of host, %", modes, [&](const json& m) {
    return with_ends(together(m, "share_of_host", "mean"), together(m, "share_of_host", "ci95"), 100);
  });
  return text + in_columns(rows) + "\n";
}

std::string outlier_lines(const json& level) {
  std::string text;
  for (const json& mode : level["modes"]) {
    for (const json& row : mode["hosts"]) {
      if (row["outlier"] != true) continue;
      text += fmt::format("! {} in {}: {}, while the mean of all others is {} (p {:.2g})\n",
                          bare(row["host"]), bare(mode["name"]), fleet_number(row["cost_ns"]["estimate"], 1),
                          fleet_number(row["others_mean_ns"], 1), row["outlier_p"].get<double>());
    }
  }
  return text;
}

std::string head_line(const json& fleet) {
  std::string counts;
  for (const char* state : {"complete", "unfit", "partial", "failed", "waiting"}) {
    const auto n = std::ranges::count_if(fleet["hosts"], [&](const json& h) { return h["state"] == state; });
    if (n > 0) counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", n, state);
  }
  const auto reused =
      std::ranges::count_if(fleet["hosts"], [](const json& h) { return h["reused"] == true; });
  if (reused > 0) counts += fmt::format(" ({} from before)", reused);
  const json* longest = nullptr;
  for (const json& h : fleet["hosts"]) {
    if (h["took_s"].is_number() && (longest == nullptr || h["took_s"] > (*longest)["took_s"])) longest = &h;
  }
  std::string slowest;
  if (longest != nullptr)
    slowest = fmt::format("; {:.0f} s, of which {} took {:.0f}", fleet["elapsed_s"].get<double>(),
                          bare((*longest)["name"]), (*longest)["took_s"].get<double>());
  return fmt::format("{} hosts: {}{}\n\n", fleet["hosts"].size(), counts, slowest);
}

}  // namespace

std::string fleet_table(const json& fleet) {
  std::string text = head_line(fleet), outliers;
  for (const json& level : fleet["levels"]) {
    text += level_text(fleet, level);
    outliers += outlier_lines(level);
  }
  text += outliers;
  for (const json& host : fleet["hosts"]) {
    if (host["reason"].is_string())
      text += fmt::format("{}: {}: {}\n", bare(host["name"]), bare(host["state"]), bare(host["reason"]));
  }
  return text;
}

}  // namespace hopcost::campaign
