#include "stats/student_t.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "stats/normal.h"

namespace hopcost {
namespace {

double log_beta(double a, double b) noexcept {
  return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
}

/// The continued fraction of I_x(a, b), by Lentz's method; converges fast for x < (a + 1) / (a + b + 2).
double beta_fraction(double x, double a, double b) noexcept {
  constexpr double kTiny = 1e-300, kEnough = 1e-15;
  constexpr int kMostTerms = 500;
  double c = 1, d = 1 / std::max(1 - (a + b) * x / (a + 1), kTiny), value = d;
  for (int m = 1; m <= kMostTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    for (const double term : {even, odd}) {
      d = 1 / (1 + term * d);
      c = 1 + term / c;
      value *= d * c;
    }
    if (std::abs(d * c - 1) < kEnough) break;
  }
  return value;
}

/// The regularised incomplete beta function.
double incomplete_beta(double x, double a, double b) noexcept {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(a * std::log(x) + b * std::log1p(-x) - log_beta(a, b));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(x, a, b) / a;
  return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double density(double t, double degrees) noexcept {
  return std::exp(-(degrees + 1) / 2 * std::log1p(t * t / degrees) - log_beta(degrees / 2, 0.5)) /
         std::sqrt(degrees);
}

/// From this many degrees of freedom on the fraction loses its precision to cancellation. Fisher's expansion
/// in 1/degrees is used instead; the terms left out are below 1e-13.
constexpr double kMany = 1e5;

double cdf_of_many(double t, double degrees) noexcept {
  const double t2 = t * t, first = t * (t2 + 1) / (4 * degrees);
  const double second = t * (((3 * t2 - 7) * t2 - 5) * t2 - 3) / (96 * degrees * degrees);
  const double density = std::exp(-t2 / 2) / std::sqrt(2 * std::numbers::pi);
  return normal_cdf(t) - density * (first + second);
}

double quantile_of_many(double z, double degrees) noexcept {
  const double z2 = z * z;
  return z + z * (z2 + 1) / (4 * degrees) + z * ((5 * z2 + 16) * z2 + 3) / (96 * degrees * degrees);
}

}  // namespace

double student_t_cdf(double t, double degrees) noexcept {
  if (std::isinf(degrees)) return normal_cdf(t);
  if (degrees > kMany) return cdf_of_many(t, degrees);
  const double beyond = incomplete_beta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t > 0 ? 1 - beyond : beyond;
}

double student_t_quantile(double p, double degrees) noexcept {
  if (p < 0.5) return -student_t_quantile(1 - p, degrees);
  double t = normal_quantile(p);
  if (std::isinf(degrees) || std::isinf(t)) return t;
  if (degrees > kMany) return quantile_of_many(t, degrees);
  // Newton's method. Above 0 the function is concave and the normal quantile lies below the solution, so
  // every step stays below it.
  for (int i = 0; i < 100; ++i) {
    const double step = (p - student_t_cdf(t, degrees)) / density(t, degrees);
    t += step;
    if (std::abs(step) <= 1e-13 * t) break;
  }
  return t;
}

}  // namespace hopcost
