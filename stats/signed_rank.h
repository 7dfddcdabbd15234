// Wilcoxon's signed-rank statistic: its distribution when the differences are symmetric around 0, and the
// test. Source: Hollander, Wolfe, Chicken, "Nonparametric Statistical Methods", chapter 3; zeros after Pratt
// (1959). Safe from any thread. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <span>

namespace hopcost {

/// Up to so many differences the distribution is exact; beyond, normal with continuity correction.
inline constexpr std::size_t kExactSignedRank = 60;

enum class Alternative { kTwoSided, kGreater, kLess };

/// P(T+ <= t) for n untied differences, t in 0..n(n+1)/2.
[[nodiscard]] double signed_rank_cdf(double t, std::size_t n);

/// The largest k >= 1 for which P(T+ <= k - 1) <= tail, so that the k-th smallest and k-th largest Walsh
/// averages bound the shift with confidence 1 - 2 * tail; 0 when n is too small for that.
[[nodiscard]] std::size_t signed_rank_critical(std::size_t n, double tail);

/// p-value of "the differences are symmetric around 0". Ties share the mean of their ranks; zeros are ranked,
/// then dropped (Pratt); the exact distribution is that of the ranks at hand. 1 when all are zero or there
/// are none.
[[nodiscard]] double signed_rank_p_value(std::span<const double> differences, Alternative alternative);

}  // namespace hopcost
