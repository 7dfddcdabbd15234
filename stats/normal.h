// The standard normal distribution. Safe from any thread. Includes nothing of ours.
#pragma once

#include <limits>

namespace hopcost {

inline constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// P(Z <= z).
[[nodiscard]] double normal_cdf(double z) noexcept;
/// z with P(Z <= z) = p; -inf at p <= 0, +inf at p >= 1. Relative error below 1e-12.
[[nodiscard]] double normal_quantile(double p) noexcept;

}  // namespace hopcost
