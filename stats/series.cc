#include "stats/series.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "stats/normal.h"

namespace hopcost {
namespace {

constexpr double kMostLag = 0.8;

/// Each figure's normal score, in the order of the series.
std::vector<double> normal_scores(std::span<const double> series) {
  std::vector<std::size_t> order(series.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return series[i]; });
  std::vector<double> scores(series.size());
  const double n = static_cast<double>(series.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank)
    scores[order[rank]] = normal_quantile((static_cast<double>(rank) + 0.625) / (n + 0.25));  // Blom 1958
  return scores;
}

/// How much wider intervals get: n figures with this lag tell as much as n / widening^2 independent ones.
double widening(double lag) {
  return std::sqrt((1 + lag) / (1 - lag));
}

Interval widen(const Interval& ci, double around, double by) {
  return {around - (around - ci.lo) * by, around + (ci.hi - around) * by};
}

/// Two-sided, of "no shift": how many half-widths of the interval 0 is away, as a normal deviate. So it
/// says what the interval says, which allows for the lag; a signed-rank p-value of few figures can't fall
/// below 2^(1-n).
double p_value_of(const Shift& shift, double confidence) {
  const double half = shift.ci.half_width();
  if (half <= 0) return shift.p_value;
  return std::min(1.0,
                  2 * normal_cdf(-std::abs(shift.estimate) / half * normal_quantile(0.5 + confidence / 2)));
}

/// A one-sided p-value as if its normal deviate were smaller by this factor.
double weaken(double p, double by) {
  return std::min(1.0, normal_cdf(normal_quantile(std::min(p, 1.0)) / by));
}

}  // namespace

double lag1(std::span<const double> series) noexcept {
  if (series.size() < kLagNeeds) return 0;
  const std::vector<double> scores = normal_scores(series);
  double products = 0, squares = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    squares += scores[i] * scores[i];
    if (i > 0) products += scores[i] * scores[i - 1];
  }
  const double n = static_cast<double>(series.size());
  const double unbiased = (products / squares * n + 1) / (n - 4);
  return std::clamp(unbiased, 0.0, kMostLag);
}

SeriesShift shift_of(std::span<const double> series, double confidence) {
  SeriesShift s{.shift = hodges_lehmann(series, confidence), .lag = lag1(series)};
  s.widened = widening(s.lag);
  if (!s.shift.enough) return s;
  s.shift.ci = widen(s.shift.ci, s.shift.estimate, s.widened);
  s.shift.p_value = p_value_of(s.shift, confidence);
  return s;
}

Equivalence equivalence_of(std::span<const double> series, double margin, double alpha) {
  const SeriesShift s = shift_of(series, 1 - 2 * alpha);
  Equivalence e = tost(series, margin, alpha);
  e.ci = s.shift.ci;
  e.equivalent = e.enough && -margin < e.ci.lo && e.ci.hi < margin;
  e.p_value = weaken(e.p_value, s.widened);
  return e;
}

}  // namespace hopcost
