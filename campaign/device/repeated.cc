#include "campaign/device/repeated.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

namespace hopcost::campaign {

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double percentile_of(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const double rank = std::ceil(q * static_cast<double>(values.size()));
  return values[rank < 1 ? 0 : static_cast<std::size_t>(rank) - 1];
}

nlohmann::json repeated(const std::vector<double>& values) {
  if (values.empty()) return nullptr;
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return {{"n", values.size()},
          {"mean", mean},
          {"min", std::ranges::min(values)},
          {"max", std::ranges::max(values)},
          {"stddev", values.size() > 1 ? std::sqrt(squares / (n - 1)) : 0},
          {"median", median_of(values)},
          {"p1", percentile_of(values, 0.01)},
          {"p99", percentile_of(values, 0.99)}};
}

}  // namespace hopcost::campaign
