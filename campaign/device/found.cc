#include "campaign/device/found.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "campaign/device/repeated.h"
#include "stats/student_t.h"

namespace hopcost::campaign {
namespace {

/// Why searches other than the reported one are irregular, in words; empty when none is.
std::string other_searches(const std::vector<Found>& searches, const Found& reported) {
  const auto other = [&](const Found& one) {
    return !one.irregular.empty() && one.irregular != reported.irregular;
  };
  const auto at = std::ranges::find_if(searches, other);
  if (at == searches.end()) return "";
  return fmt::format("{} of {} searches irregular: {}", std::ranges::count_if(searches, other),
                     searches.size(), at->irregular);
}

}  // namespace

Found middle_of(std::vector<Found> searches) {
  const auto early =
      std::ranges::stable_partition(searches, [](const Found& one) { return one.ended_early.empty(); });
  const std::size_t ended = searches.size() - early.size();
  const auto counted = std::span(searches).first(ended > 0 ? ended : searches.size());
  std::ranges::sort(counted, {}, &Found::fps);
  Found found = counted[(counted.size() - 1) / 2];
  std::vector<double> bounds;
  for (const Found& one : counted)
    if (one.fps > 0) bounds.push_back(one.fps);
  found.searches = repeated(bounds);
  const double n = static_cast<double>(bounds.size());
  found.mean_fps = n > 0 ? found.searches["mean"].get<double>() : 0;
  if (n > 1)
    found.scatter_fps =
        student_t_quantile(0.975, n - 1) * found.searches["stddev"].get<double>() / std::sqrt(n);
  if (std::string others = other_searches(searches, found); !others.empty())
    found.remarks.push_back(std::move(others));
  if (ended == 1 && searches.size() > 1 && found.irregular.empty())
    found.irregular =
        fmt::format("one of {} searches came to its end: there is no scatter to go by", searches.size());
  return found;
}

nlohmann::json interval_of(const Found& found, double highest_fps) {
  if (found.fps <= 0 || !found.upper_fps) return nullptr;
  const double from = std::min(found.fps, found.mean_fps) - found.scatter_fps;
  const double to = std::max(*found.upper_fps, found.mean_fps) + found.scatter_fps;
  return {std::max(from, 0.0), std::max(std::min(to, highest_fps), *found.upper_fps)};
}

}  // namespace hopcost::campaign
