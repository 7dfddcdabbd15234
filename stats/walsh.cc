#include "stats/walsh.h"

#include <algorithm>
#include <vector>

namespace hopcost {
namespace {

double average(double a, double b) {
  return a + (b - a) / 2.0;
}

// How many Walsh averages are at or below x. As i goes up, the largest j with an average that low goes down.
std::size_t count_at_most(std::span<const double> v, double x) {
  std::size_t count = 0;
  std::size_t end = v.size();  // one past that j
  for (std::size_t i = 0; i < v.size(); ++i) {
    while (end > i && average(v[i], v[end - 1]) > x) --end;
    if (end <= i) break;
    count += end - i;
  }
  return count;
}

// The smallest Walsh average above x; there is one.
double next_above(std::span<const double> v, double x) {
  double best = v.back();
  std::size_t end = v.size();
  for (std::size_t i = 0; i < v.size(); ++i) {
    while (end > i && average(v[i], v[end - 1]) > x) --end;
    const std::size_t j = std::max(end, i);
    if (j < v.size()) best = std::min(best, average(v[i], v[j]));
  }
  return best;
}

}  // namespace

double walsh_average(std::span<const double> ascending, std::size_t k) {
  double lo = ascending.front(), hi = ascending.back();
  if (count_at_most(ascending, lo) >= k) return lo;
  for (int i = 0; i < 60; ++i) {  // count(lo) < k <= count(hi) all along
    const double middle = average(lo, hi);
    if (middle <= lo || middle >= hi) break;
    (count_at_most(ascending, middle) >= k ? hi : lo) = middle;
  }
  return next_above(ascending, lo);
}

double walsh_median(std::span<const double> values) {
  if (values.empty()) return 0.0;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t all = sorted.size() * (sorted.size() + 1) / 2;
  const double upper = walsh_average(sorted, all / 2 + 1);
  return all % 2 == 1 ? upper : average(walsh_average(sorted, all / 2), upper);
}

}  // namespace hopcost
