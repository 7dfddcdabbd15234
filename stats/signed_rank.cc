#include "stats/signed_rank.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "stats/normal.h"

namespace hopcost {
namespace {

// Ranks times two, so that the mean of tied ranks stays whole.
struct Ranks {
  std::vector<std::size_t> doubled;  // of the differences that are not zero
  std::size_t positive = 0;          // their sum over positive differences
};

Ranks rank(std::span<const double> differences) {
  std::vector<double> sorted(differences.begin(), differences.end());
  std::sort(sorted.begin(), sorted.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  Ranks ranks;
  for (std::size_t from = 0; from < sorted.size();) {
    std::size_t to = from;
    while (to < sorted.size() && std::abs(sorted[to]) == std::abs(sorted[from])) ++to;
    for (std::size_t i = from; i < to && sorted[i] != 0.0; ++i) {
      ranks.doubled.push_back(from + 1 + to);
      if (sorted[i] > 0.0) ranks.positive += from + 1 + to;
    }
    from = to;
  }
  return ranks;
}

// Probability of each sum when every rank is taken or left with probability 1/2.
std::vector<double> sum_distribution(std::span<const std::size_t> ranks) {
  std::vector<double> p(std::accumulate(ranks.begin(), ranks.end(), std::size_t{0}) + 1);
  p[0] = 1.0;
  std::size_t top = 0;
  for (std::size_t r : ranks) {
    top += r;
    for (std::size_t s = top + 1; s-- > 0;) p[s] = (p[s] + (s >= r ? p[s - r] : 0.0)) / 2.0;
  }
  return p;
}

struct Tails {
  double at_most;
  double at_least;
};

Tails exact_tails(const Ranks& ranks) {
  const std::vector<double> p = sum_distribution(ranks.doubled);
  const auto middle = p.begin() + static_cast<std::ptrdiff_t>(ranks.positive);
  return {std::accumulate(p.begin(), middle + 1, 0.0), std::accumulate(middle, p.end(), 0.0)};
}

Tails normal_tails(const Ranks& ranks) {
  double sum = 0.0, squares = 0.0;
  for (std::size_t r : ranks.doubled) {
    sum += static_cast<double>(r);
    squares += static_cast<double>(r) * static_cast<double>(r);
  }
  const double deviation = static_cast<double>(ranks.positive) - sum / 2.0;
  const double sd = std::sqrt(squares) / 2.0;
  return {normal_cdf((deviation + 1.0) / sd),
          normal_cdf(-(deviation - 1.0) / sd)};  // 1: half of a doubled rank
}

std::vector<double> untied_distribution(std::size_t n) {
  std::vector<std::size_t> ranks(n);
  std::iota(ranks.begin(), ranks.end(), std::size_t{1});
  return sum_distribution(ranks);
}

double mean_of(double n) {
  return n * (n + 1) / 4.0;
}
double sd_of(double n) {
  return std::sqrt(n * (n + 1) * (2 * n + 1) / 24.0);
}

}  // namespace

double signed_rank_cdf(double t, std::size_t n) {
  const double count = static_cast<double>(n);
  if (t < 0.0) return 0.0;
  if (t >= count * (count + 1) / 2.0) return 1.0;
  if (n > kExactSignedRank) return normal_cdf((std::floor(t) + 0.5 - mean_of(count)) / sd_of(count));
  const std::vector<double> p = untied_distribution(n);
  return std::accumulate(p.begin(), p.begin() + static_cast<std::ptrdiff_t>(t) + 1, 0.0);
}

std::size_t signed_rank_critical(std::size_t n, double tail) {
  const double count = static_cast<double>(n);
  if (n > kExactSignedRank) {
    const double k = std::floor(mean_of(count) + normal_quantile(tail) * sd_of(count) + 0.5);
    return k < 1.0 ? 0 : static_cast<std::size_t>(k);
  }
  const std::vector<double> p = untied_distribution(n);
  const double limit = tail * (1.0 + 1e-12);  // tails such as (1 - 0.95) / 2 carry a rounding error
  double below = 0.0;
  std::size_t k = 0;
  while (k < p.size() && below + p[k] <= limit) below += p[k++];
  return k;
}

double signed_rank_p_value(std::span<const double> differences, Alternative alternative) {
  const Ranks ranks = rank(differences);
  if (ranks.doubled.empty()) return 1.0;
  const Tails tails = ranks.doubled.size() <= kExactSignedRank ? exact_tails(ranks) : normal_tails(ranks);
  switch (alternative) {
    case Alternative::kGreater:
      return std::min(1.0, tails.at_least);
    case Alternative::kLess:
      return std::min(1.0, tails.at_most);
    case Alternative::kTwoSided:
      break;
  }
  return std::min(1.0, 2.0 * std::min(tails.at_most, tails.at_least));
}

}  // namespace hopcost
