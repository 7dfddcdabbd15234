// Summaries of tests that are repeated: mean, median, spread. Pure. Includes nothing of ours.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace hopcost::campaign {

/// The middle value, or the mean of the two in the middle; 0 for no values.
[[nodiscard]] double median_of(std::vector<double> values);
/// The sorted value number ceil(q n) of n, as RFC 8219 defines it; 0 for no values. `q`: 0 to 1.
[[nodiscard]] double percentile_of(std::vector<double> values, double q);
/// {"n", "mean", "min", "max", "stddev", "median", "p1", "p99"}; null for no values. `stddev` is that of a
/// sample, 0 for one value.
[[nodiscard]] nlohmann::json repeated(const std::vector<double>& values);

}  // namespace hopcost::campaign
