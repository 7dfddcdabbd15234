// Figures of tests that are repeated: mean, median, spread. Pure. Includes nothing of ours.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace hopcost::campaign {

/// The middle one, or the mean of the two in the middle; 0 of nothing.
[[nodiscard]] double median_of(std::vector<double> values);
/// values sorted[ceil(q n) - 1], as RFC 8219's testers have it; 0 of nothing.
[[nodiscard]] double percentile_of(std::vector<double> values, double q);
/// {"n", "mean", "min", "max", "stddev", "median", "p1", "p99"}; null where there are none. `stddev` is a
/// sample's, 0 of one.
[[nodiscard]] nlohmann::json repeated(const std::vector<double>& values);

}  // namespace hopcost::campaign
