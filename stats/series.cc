#include "stats/series.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "stats/student_t.h"

namespace hopcost {
namespace {

constexpr double kTwoSided = 0.975;

/// For each figure, how many of its Walsh averages are above `estimate`; those equal to it count half.
std::vector<double> influences(std::span<const double> series, double estimate) {
  std::vector<double> sorted(series.begin(), series.end());
  std::ranges::sort(sorted);
  std::vector<double> counts;
  for (const double x : series) {
    const auto [from, to] = std::ranges::equal_range(sorted, 2 * estimate - x);
    counts.push_back(static_cast<double>(sorted.end() - to) + static_cast<double>(to - from) / 2);
  }
  return counts;
}

/// Mean square of the slowest `waves`. It equals the variance when the values are independent.
double slow_variance(const std::vector<double>& values, std::size_t waves) {
  const double n = static_cast<double>(values.size());
  double squares = 0;
  for (std::size_t k = 1; k <= waves; ++k) {
    double wave = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      wave += values[i] *
              std::cos(std::numbers::pi * static_cast<double>(k) * (static_cast<double>(i) + 0.5) / n);
    squares += wave * wave * 2 / n;
  }
  return squares / static_cast<double>(waves);
}

void widen(SeriesShift& s, double by) {
  const double middle = s.shift.estimate;
  s.shift.ci = {middle - (middle - s.shift.ci.lo) * by, middle + (s.shift.ci.hi - middle) * by};
  s.widened *= by;
}

double lower_error(const SeriesShift& s) {
  return (s.shift.estimate - s.shift.ci.lo) / student_t_quantile(kTwoSided, s.degrees);
}
double upper_error(const SeriesShift& s) {
  return (s.shift.ci.hi - s.shift.estimate) / student_t_quantile(kTwoSided, s.degrees);
}

/// One-sided p-value of a figure that is `distance` on the right side of its bound.
double tail(double distance, double error, double degrees) {
  if (error > 0) return student_t_cdf(-distance / error, degrees);
  return distance > 0 ? 0 : 1;
}

void set_p_value(SeriesShift& s) {
  const double distance = std::abs(s.shift.estimate);
  s.p_value =
      std::min(1.0, 2 * tail(distance, s.shift.estimate > 0 ? lower_error(s) : upper_error(s), s.degrees));
}

}  // namespace

std::size_t waves(std::size_t n) noexcept {
  return static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(n))));
}

SeriesShift shift_of(std::span<const double> series, std::size_t looked_before) {
  SeriesShift s{.shift = hodges_lehmann(series)};
  if (!s.shift.enough) return s;
  const double n = static_cast<double>(series.size());
  s.degrees = static_cast<double>(waves(series.size()));
  const double slow = slow_variance(influences(series, s.shift.estimate), waves(series.size()));
  widen(s, std::sqrt(slow / (n * (n + 1) / 12)) * student_t_quantile(kTwoSided, s.degrees) /
               student_t_quantile(kTwoSided, n - 1));
  if (const double half = s.shift.ci.half_width(); looked_before > 0 && half > 0) {
    const SeriesShift before = shift_of(series.first(std::min(looked_before, series.size())));
    if (before.shift.enough) widen(s, std::max(1.0, before.shift.ci.half_width() / half));
  }
  set_p_value(s);
  return s;
}

SeriesShift less_sure(SeriesShift s, double standard_error, double degrees) {
  if (!s.shift.enough || standard_error == 0) return s;
  const double t = student_t_quantile(kTwoSided, s.degrees), middle = s.shift.estimate;
  const double half = student_t_quantile(kTwoSided, degrees) * standard_error;
  s.shift.ci = {middle - std::hypot(t * lower_error(s), half), middle + std::hypot(t * upper_error(s), half)};
  set_p_value(s);
  return s;
}

Equivalence equivalence_of(const SeriesShift& s, double margin, double alpha) {
  Equivalence e{.ci = s.shift.ci, .enough = s.shift.enough};
  if (!e.enough) return e;
  const double t = student_t_quantile(1 - alpha, s.degrees), middle = s.shift.estimate;
  e.ci = {middle - t * lower_error(s), middle + t * upper_error(s)};
  e.equivalent = -margin < e.ci.lo && e.ci.hi < margin;
  e.p_value = std::max(tail(middle + margin, lower_error(s), s.degrees),
                       tail(margin - middle, upper_error(s), s.degrees));
  return e;
}

}  // namespace hopcost
