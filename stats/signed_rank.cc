#include "stats/signed_rank.h"

#include <cmath>
#include <vector>

#include "stats/normal.h"

namespace hopcost {
namespace {

/// Probability of each sum when each of the ranks 1 to n is taken or left with probability 1/2.
std::vector<double> sum_distribution(std::size_t n) {
  std::vector<double> p(n * (n + 1) / 2 + 1);
  p[0] = 1.0;
  std::size_t top = 0;
  for (std::size_t rank = 1; rank <= n; ++rank) {
    top += rank;
    for (std::size_t s = top + 1; s-- > 0;) p[s] = (p[s] + (s >= rank ? p[s - rank] : 0.0)) / 2.0;
  }
  return p;
}

double mean_of(double n) {
  return n * (n + 1) / 4.0;
}
double sd_of(double n) {
  return std::sqrt(n * (n + 1) * (2 * n + 1) / 24.0);
}

}  // namespace

std::size_t signed_rank_critical(std::size_t n, double tail) {
  const double count = static_cast<double>(n);
  if (n > kExactSignedRank) {
    const double k = std::floor(mean_of(count) + normal_quantile(tail) * sd_of(count) + 0.5);
    return k < 1.0 ? 0 : static_cast<std::size_t>(k);
  }
  const std::vector<double> p = sum_distribution(n);
  const double limit = tail * (1.0 + 1e-12);  // tails such as (1 - 0.95) / 2 carry a rounding error
  double below = 0.0;
  std::size_t k = 0;
  while (k < p.size() && below + p[k] <= limit) below += p[k++];
  return k;
}

}  // namespace hopcost
