// bootstrap_blocks() of paired.h.
#include <algorithm>
#include <cmath>
#include <random>

#include "stats/normal.h"
#include "stats/paired.h"
#include "stats/walsh.h"

namespace hopcost {
namespace {

// Below `n` < 2^32, the same on every machine (std::uniform_int_distribution is not). The bias is below n /
// 2^32.
std::size_t below(std::mt19937_64& random, std::size_t n) {
  return static_cast<std::size_t>(((random() >> 32) * std::uint64_t{n}) >> 32);
}

std::vector<double> resampled_estimates(std::span<const double> values, std::uint64_t seed, int resamples) {
  std::mt19937_64 random(seed);
  std::vector<double> estimates(static_cast<std::size_t>(std::max(resamples, 1)));
  std::vector<double> sample(values.size());
  for (double& estimate : estimates) {
    for (double& x : sample) x = values[below(random, values.size())];
    estimate = walsh_median(sample);
  }
  std::sort(estimates.begin(), estimates.end());
  return estimates;
}

// Skewness of the estimate's influence, from leaving out one block at a time.
double acceleration(std::span<const double> values) {
  std::vector<double> without(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::vector<double> rest(values.begin(), values.end());
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    without[i] = walsh_median(rest);
  }
  double mean = 0.0;
  for (double x : without) mean += x / static_cast<double>(without.size());
  double squares = 0.0, cubes = 0.0;
  for (double x : without) {
    squares += (mean - x) * (mean - x);
    cubes += (mean - x) * (mean - x) * (mean - x);
  }
  return squares > 0.0 ? cubes / (6.0 * std::pow(squares, 1.5)) : 0.0;
}

// How far the estimates' median is from `estimate`, in normal quantiles; ties count half.
double median_bias(const std::vector<double>& sorted, double estimate) {
  const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), estimate);
  const double n = static_cast<double>(sorted.size());
  const double share =
      (static_cast<double>(first - sorted.begin()) + static_cast<double>(last - sorted.begin())) / (2.0 * n);
  return normal_quantile(std::clamp(share, 0.5 / n, 1.0 - 0.5 / n));
}

double at_share(const std::vector<double>& sorted, double share) {
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto i = static_cast<std::size_t>(place);
  const std::size_t next = std::min(i + 1, sorted.size() - 1);
  return std::lerp(sorted[i], sorted[next], place - static_cast<double>(i));
}

}  // namespace

Interval bootstrap_blocks(std::span<const double> differences, double confidence, std::uint64_t seed,
                          int resamples) {
  if (differences.size() < 2) return {-kInfinite, kInfinite};
  const std::vector<double> estimates = resampled_estimates(differences, seed, resamples);
  const double a = acceleration(differences);
  const double z0 = median_bias(estimates, walsh_median(differences));
  const auto bound = [&](double tail) {
    const double z = z0 + normal_quantile(tail);
    return at_share(estimates, normal_cdf(z0 + z / (1.0 - a * z)));
  };
  const double tail = (1.0 - confidence) / 2.0;
  return {bound(tail), bound(1.0 - tail)};
}

}  // namespace hopcost
