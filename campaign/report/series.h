// The lines of the distribution plot: percentile points, made from histograms. Includes stats.
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

/// {"count", "lost", "limit_q", "points": [[q, ns], ...]}. Points are evenly spaced on the axis log(1/(1-q)),
/// 40 per decade, and the last one is the largest value. q counts lost packets as infinitely late. `limit_q`
/// is the highest quantile that has 100 packets beyond it, lost ones included, and is not beyond the last
/// packet that arrived (0 when there is none). `histogram` must not be empty.
[[nodiscard]] nlohmann::json percentile_points(const HdrHistogram& histogram, std::uint64_t lost);

/// The series of every mode and hop whose .hlog can be read: percentile_points() with "level" (0: the first
/// load, N: further_levels[N-1]), "mode", "hop" (null or "A → B") and "name". For each file that can't be
/// read, a sentence is added to `notes`. `result` is as read_result() gives it.
[[nodiscard]] nlohmann::json read_series(const std::filesystem::path& folder, const nlohmann::json& result,
                                         std::vector<std::string>& notes);

}  // namespace hopcost::campaign
