#include "stats/random_effects.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/student_t.h"

namespace hopcost {
namespace {

constexpr double kNoBound = std::numeric_limits<double>::infinity();

/// The weighted mean under a variance between units.
struct Weighted {
  double mean = 0, weight = 0, q = 0;  ///< q: the generalised Q statistic.
};

Weighted weighted(std::span<const UnitEstimate> units, double between) {
  Weighted w;
  for (const UnitEstimate& u : units) {
    const double weight = 1 / (u.variance + between);
    w.weight += weight;
    w.mean += weight * u.value;
  }
  w.mean /= w.weight;
  for (const UnitEstimate& u : units) w.q += (u.value - w.mean) * (u.value - w.mean) / (u.variance + between);
  return w;
}

/// Q falls as the variance grows: halving an interval that holds the root finds it to the last bit.
double variance_between(std::span<const UnitEstimate> units) {
  const double degrees = static_cast<double>(units.size()) - 1;
  if (weighted(units, 0).q <= degrees) return 0;
  double low = 0, high = 1;
  while (weighted(units, high).q > degrees) high *= 2;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (weighted(units, middle).q > degrees ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// I squared: against the errors of a typical unit (Higgins and Thompson 2002, formula 9).
double share_between(std::span<const UnitEstimate> units, double between) {
  double weight = 0, squares = 0;
  for (const UnitEstimate& u : units) {
    weight += 1 / u.variance;
    squares += 1 / (u.variance * u.variance);
  }
  const double typical = (static_cast<double>(units.size()) - 1) * weight / (weight * weight - squares);
  return between / (between + typical);
}

Interval around(double middle, double half_width) {
  return {middle - half_width, middle + half_width};
}

}  // namespace

RandomEffects random_effects(std::span<const UnitEstimate> units) {
  constexpr double kUpper = 0.975;
  RandomEffects r;
  if (units.size() < 2) {
    r.mean = units.front().value;
    r.standard_error = std::sqrt(units.front().variance);
    r.ci95 = {-kNoBound, kNoBound};
    return r;
  }
  const auto k = static_cast<double>(units.size());
  const double between = variance_between(units);
  const Weighted w = weighted(units, between);
  r.mean = w.mean;
  // Hartung and Knapp's factor. Paule and Mandel's variance makes it 1, unless the variance is 0; then it
  // could narrow the interval.
  r.standard_error = std::sqrt(std::max(1.0, w.q / (k - 1)) / w.weight);
  r.ci95 = around(r.mean, student_t_quantile(kUpper, k - 1) * r.standard_error);
  r.between_sd = std::sqrt(between);
  if (between > 0) r.between_share = share_between(units, between);
  if (units.size() > 2)
    r.next95 = around(r.mean, student_t_quantile(kUpper, k - 2) * std::hypot(r.between_sd, r.standard_error));
  return r;
}

std::vector<FromOthers> from_others(std::span<const UnitEstimate> units) {
  constexpr std::size_t kLeast = 4;
  std::vector<FromOthers> all;
  std::vector<double> p;
  for (std::size_t i = 0; units.size() >= kLeast && i < units.size(); ++i) {
    std::vector<UnitEstimate> others(units.begin(), units.end());
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    const double between = variance_between(others);
    const Weighted w = weighted(others, between);
    const double residual = (units[i].value - w.mean) / std::sqrt(units[i].variance + between + 1 / w.weight);
    p.push_back(2 * student_t_cdf(-std::abs(residual), static_cast<double>(units.size()) - 2));
    all.push_back({p.back(), w.mean});
  }
  const std::vector<double> corrected = holm(p);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].p = corrected[i];
  return all;
}

}  // namespace hopcost
