#include "stats/quantile_interval.h"

#include <algorithm>
#include <cmath>

#include "stats/normal.h"

namespace hopcost {
namespace {

double log_gamma(double x) noexcept {
  int sign = 0;
  return lgamma_r(x, &sign);
}

// Continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method; converges quickly for
// x < (a + 1) / (a + b + 2), in O(sqrt(max(a, b))) terms.
double beta_fraction(double a, double b, double x) noexcept {
  constexpr double kTiny = 1e-300;
  const auto away = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1.0;
  double d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
  double f = d;
  for (int m = 1; m < 1'000'000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1.0 / away(1.0 + even * d);
    c = away(1.0 + even / c);
    f *= c * d;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1.0 / away(1.0 + odd * d);
    c = away(1.0 + odd / c);
    f *= c * d;
    if (std::abs(c * d - 1.0) < 1e-15) break;
  }
  return f;
}

// I_x(a, b)
double incomplete_beta(double a, double b, double x) noexcept {
  const double front =
      std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1.0) / (a + b + 2.0)) return front * beta_fraction(a, b, x) / a;
  return 1.0 - front * beta_fraction(b, a, 1.0 - x) / b;
}

// The smallest k for which P(B <= k) is at least `share`: a guess by the normal approximation, then walked by
// ever longer steps and halved.
std::uint64_t binomial_quantile(double share, std::uint64_t n, double q) noexcept {
  const double mean = static_cast<double>(n) * q;
  const double guess = mean + normal_quantile(share) * std::sqrt(mean * (1.0 - q));
  const auto start = static_cast<std::uint64_t>(std::clamp(guess, 0.0, static_cast<double>(n)));
  const auto reached = [&](std::uint64_t k) { return binomial_cdf(k, n, q) >= share; };
  std::uint64_t lo = start, hi = start, step = 1;
  while (lo > 0 && reached(lo)) lo -= std::min(lo, step), step *= 2;
  if (lo == 0 && reached(0)) return 0;
  step = 1;
  while (hi < n && !reached(hi)) hi += std::min(n - hi, step), step *= 2;
  while (hi - lo > 1) {  // not reached at lo, reached at hi
    const std::uint64_t middle = lo + (hi - lo) / 2;
    (reached(middle) ? hi : lo) = middle;
  }
  return hi;
}

struct Step {
  double lo = kInfinite;
  double hi = kInfinite;
};

// The step that holds the value of a rank; infinite beyond the recorded ones.
Step step_at(const HdrHistogram& histogram, std::uint64_t rank) {
  Step step;
  std::uint64_t below = 0;
  histogram.for_each([&](std::uint64_t lo, std::uint64_t hi, std::uint64_t n) {
    if (rank > below && rank <= below + n) step = {static_cast<double>(lo), static_cast<double>(hi)};
    below += n;
  });
  return step;
}

}  // namespace

std::string_view reason(QuantileStatus status) noexcept {
  switch (status) {
    case QuantileStatus::kOk:
      return "";
    case QuantileStatus::kEmpty:
      return "no packets";
    case QuantileStatus::kLoss:
      return "more packets were lost than lie beyond this quantile";
    case QuantileStatus::kTooFew:
      return "fewer than 100 packets lie beyond this quantile";
  }
  return "";
}

double binomial_cdf(std::uint64_t k, std::uint64_t n, double p) noexcept {
  if (k >= n || p <= 0.0) return 1.0;
  if (p >= 1.0) return 0.0;
  return incomplete_beta(static_cast<double>(n - k), static_cast<double>(k) + 1.0, 1.0 - p);
}

RankInterval quantile_ranks(std::uint64_t n, double q, double confidence) noexcept {
  const double tail = (1.0 - confidence) / 2.0;
  // P(quantile < x_lo) = P(B < lo) <= tail, P(quantile > x_hi) = P(B >= hi) <= tail.
  const std::uint64_t hi = binomial_quantile(1.0 - tail, n, q) + 1;
  std::uint64_t lo = binomial_quantile(tail, n, q);
  if (binomial_cdf(lo, n, q) <= tail) ++lo;
  return {lo, hi};
}

QuantileInterval quantile_interval(const HdrHistogram& histogram, double q, std::uint64_t lost,
                                   double confidence) {
  QuantileInterval result{.q = q, .n = histogram.count() + histogram.overflow() + lost};
  if (result.n == 0) return result;
  const double n = static_cast<double>(result.n);
  const auto rank = static_cast<std::uint64_t>(
      std::ceil(std::nextafter(q * 100.0, 0.0) * n / 100.0));  // as value_at_quantile()
  const RankInterval ranks = quantile_ranks(result.n, q, confidence);
  result.estimate = step_at(histogram, std::max<std::uint64_t>(rank, 1)).hi;
  result.lo = ranks.lo == 0 ? 0.0 : step_at(histogram, ranks.lo).lo;
  result.hi = step_at(histogram, ranks.hi).hi;
  const bool too_few = n * (1.0 - q) < kPacketsBeyondQuantile * (1.0 - 1e-9);  // 1 - 0.9 is not quite 0.1
  result.status = result.estimate == kInfinite ? QuantileStatus::kLoss
                  : too_few                    ? QuantileStatus::kTooFew
                                               : QuantileStatus::kOk;
  return result;
}

}  // namespace hopcost
