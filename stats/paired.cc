#include "stats/paired.h"

#include <algorithm>
#include <numeric>

#include "stats/normal.h"
#include "stats/signed_rank.h"
#include "stats/walsh.h"

namespace hopcost {

Shift hodges_lehmann(std::span<const double> differences, double confidence) {
  Shift shift{.estimate = 0.0, .ci = {-kInfinite, kInfinite}, .n = differences.size()};
  if (differences.empty()) return shift;
  shift.estimate = walsh_median(differences);
  const std::size_t k = signed_rank_critical(shift.n, (1.0 - confidence) / 2.0);
  shift.enough = k != 0;
  if (!shift.enough) return shift;
  std::vector<double> sorted(differences.begin(), differences.end());
  std::sort(sorted.begin(), sorted.end());
  shift.ci = {walsh_average(sorted, k), walsh_average(sorted, shift.n * (shift.n + 1) / 2 + 1 - k)};
  return shift;
}

std::size_t units_needed(double confidence) {
  std::size_t n = 1;
  while (n < kExactSignedRank && signed_rank_critical(n, (1.0 - confidence) / 2.0) == 0) ++n;
  return n;
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, static_cast<double>(order.size() - i) * p_values[order[i]]);
    adjusted[order[i]] = std::min(1.0, largest);
  }
  return adjusted;
}

double minimum_detectable_effect(const Shift& shift, double alpha, double power) {
  if (!shift.enough) return kInfinite;
  const double z = normal_quantile(1.0 - alpha / 2.0);
  return shift.ci.half_width() * (z + normal_quantile(power)) / z;
}

}  // namespace hopcost
