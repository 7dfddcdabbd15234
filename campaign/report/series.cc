#include "campaign/report/series.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "campaign/report/folder.h"
#include "stats/hdr_histogram.h"
#include "stats/hdr_log.h"
#include "stats/quantile_status.h"

namespace hopcost::campaign {
namespace {

constexpr double kPointsPerDecade = 40;

/// Reads a log and merges all its intervals into one histogram.
Result<HdrHistogram> read_merged(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return error(Exit::kMissing, "no such file");
  auto log = read_hlog(file);
  if (!log) return forward(log);
  HdrHistogram all;
  for (const HlogInterval& interval : log->intervals)
    if (auto ok = all.merge(interval.histogram); !ok) return forward(ok);
  return all;
}

std::uint64_t count_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::optional<std::string> text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

/// Adds the series of one log to `all`, or a sentence to `notes` why it is missing. An empty log adds
/// nothing.
void add_series(const std::filesystem::path& folder, const std::string& log, std::uint64_t lost,
                nlohmann::json head, nlohmann::json& all, std::vector<std::string>& notes) {
  const auto file = inside(folder, log);
  if (!file) {
    notes.push_back(
        fmt::format("\"{}\" is not the name of a file in this folder; its distribution is left out.", log));
    return;
  }
  const auto histogram = read_merged(*file);
  if (!histogram) {
    const bool gone = histogram.error().code == Exit::kMissing;
    notes.push_back(fmt::format("{} {}; its distribution is left out.", log,
                                gone ? "is not there" : "could not be read"));
    return;
  }
  if (histogram->count() == 0) return;
  head.update(percentile_points(*histogram, lost));
  all.push_back(std::move(head));
}

void add_hops(const std::filesystem::path& folder, const nlohmann::json& mode, std::size_t level,
              nlohmann::json& all, std::vector<std::string>& notes) {
  const auto hops = mode.find("hops");
  if (hops == mode.end() || !hops->is_array()) return;
  for (const auto& hop : *hops) {
    const auto log = hop.is_object() ? text_of(hop, "hlog") : std::nullopt;
    if (!log) continue;
    const std::string name = text_of(hop, "from").value_or("?") + " → " + text_of(hop, "to").value_or("?");
    add_series(folder, *log, 0, {{"level", level}, {"mode", mode["name"]}, {"hop", name}, {"name", name}},
               all, notes);
  }
}

void add_level(const std::filesystem::path& folder, const nlohmann::json& modes, std::size_t level,
               nlohmann::json& all, std::vector<std::string>& notes) {
  for (const auto& mode : modes) {
    if (const auto log = text_of(mode, "hlog"))
      add_series(folder, *log, count_of(mode, "lost"),
                 {{"level", level}, {"mode", mode["name"]}, {"hop", nullptr}, {"name", mode["name"]}}, all,
                 notes);
    add_hops(folder, mode, level, all, notes);
  }
}

}  // namespace

nlohmann::json percentile_points(const HdrHistogram& histogram, std::uint64_t lost) {
  const auto received = static_cast<double>(histogram.count());
  const double all = received + static_cast<double>(lost);
  const double arrived = received / all;
  const double last = lost > 0 ? arrived : 1 - 1 / all;
  nlohmann::json points = nlohmann::json::array();
  for (int i = 0;; ++i) {
    const double q = 1 - std::pow(10, -i / kPointsPerDecade);
    if (q >= last) break;
    points.push_back({q, histogram.value_at_quantile(std::min(1.0, q / arrived))});
  }
  points.push_back({last, histogram.max()});
  const double limit = std::max(0.0, std::min(1 - kPacketsBeyondQuantile / all, arrived));
  return {{"count", histogram.count()}, {"lost", lost}, {"limit_q", limit}, {"points", std::move(points)}};
}

nlohmann::json read_series(const std::filesystem::path& folder, const nlohmann::json& result,
                           std::vector<std::string>& notes) {
  nlohmann::json all = nlohmann::json::array();
  add_level(folder, result["modes"], 0, all, notes);
  if (const auto further = result.find("further_levels"); further != result.end())
    for (std::size_t i = 0; i < further->size(); ++i)
      add_level(folder, (*further)[i]["modes"], i + 1, all, notes);
  return all;
}

}  // namespace hopcost::campaign
