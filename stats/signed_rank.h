// Wilcoxon's signed-rank statistic: its distribution when the differences are symmetric around 0. Source:
// Hollander, Wolfe, Chicken, "Nonparametric Statistical Methods", chapter 3. Safe from any thread. Includes
// nothing of ours.
#pragma once

#include <cstddef>

namespace hopcost {

/// Up to this many differences the distribution is exact; above, it is normal with continuity correction.
inline constexpr std::size_t kExactSignedRank = 60;

/// The largest k >= 1 for which P(T+ <= k - 1) <= tail, so that the k-th smallest and k-th largest Walsh
/// averages bound the shift with confidence 1 - 2 * tail; 0 when n is too small for that.
[[nodiscard]] std::size_t signed_rank_critical(std::size_t n, double tail);

}  // namespace hopcost
