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

/// A p-value as if its normal deviate were smaller by this factor.
double weaken(double p, double by, double sides) {
  return std::min(1.0, sides * normal_cdf(normal_quantile(std::min(p, 1.0) / sides) / by));
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
  if (s.shift.enough) s.shift.ci = widen(s.shift.ci, s.shift.estimate, s.widened);
  s.shift.p_value = weaken(s.shift.p_value, s.widened, 2);
  return s;
}

Equivalence equivalence_of(std::span<const double> series, double margin, double alpha) {
  const SeriesShift s = shift_of(series, 1 - 2 * alpha);
  Equivalence e = tost(series, margin, alpha);
  e.ci = s.shift.ci;
  e.equivalent = e.enough && -margin < e.ci.lo && e.ci.hi < margin;
  e.p_value = weaken(e.p_value, s.widened, 1);
  return e;
}

}  // namespace hopcost
