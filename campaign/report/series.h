// Lines of the distribution plot: percentile points out of histograms. Includes stats.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hopcost {
class HdrHistogram;
}

namespace hopcost::campaign {

/// {"count", "lost", "limit_q", "points": [[q, ns], ...]}: points evenly spaced on the axis log(1/(1-q)), 40
/// a decade, then the largest value. q counts lost packets as infinitely late; `limit_q` is the highest
/// quantile with 100 packets beyond it that were not lost (0 when there is none).
[[nodiscard]] nlohmann::json percentile_points(const HdrHistogram& histogram, std::uint64_t lost);

/// The series of every mode and hop whose .hlog can be read: percentile_points with "level" (0: the first
/// load, N: further_levels[N-1]), "mode", "hop" (null or "A → B") and "name". What can't be read is a
/// sentence in `notes`, and is left out. `result` is as read_result gives it.
[[nodiscard]] nlohmann::json read_series(const std::filesystem::path& folder, const nlohmann::json& result,
                                         std::vector<std::string>& notes);

}  // namespace hopcost::campaign
