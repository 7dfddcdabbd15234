#include "stats/normal.h"

#include <cmath>
#include <numbers>

namespace hopcost {

double normal_cdf(double z) noexcept {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

double normal_quantile(double p) noexcept {
  if (!(p > 0.0)) return -kInfinite;
  if (!(p < 1.0)) return kInfinite;
  if (p > 0.5) return -normal_quantile(1.0 - p);
  // Abramowitz & Stegun 26.2.23 to start with (error below 4.5e-4), then Halley's method on the cdf.
  const double t = std::sqrt(-2.0 * std::log(p));
  double z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  for (int i = 0; i < 3; ++i) {
    const double density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
    const double step = (normal_cdf(z) - p) / density;
    z -= step / (1.0 + 0.5 * z * step);
  }
  return z;
}

}  // namespace hopcost
