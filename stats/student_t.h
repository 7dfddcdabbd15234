// Student's t distribution, for whole and other degrees of freedom. Safe from any thread. Includes nothing of
// ours.
#pragma once

namespace hopcost {

/// P(T <= t). `degrees` of freedom: above 0; infinitely many is the standard normal. Absolute error below
/// 1e-10. Source: the incomplete beta function's continued fraction (Abramowitz, Stegun, 26.7.1 and 26.5.8);
/// above 100,000 degrees Fisher's expansion (Metron 5, 1925).
[[nodiscard]] double student_t_cdf(double t, double degrees) noexcept;

/// t with P(T <= t) = p, for p in 0..1; -inf at 0, +inf at 1. Relative error below 1e-9 for degrees of 1 and
/// more and p in 1e-6..1 - 1e-6.
[[nodiscard]] double student_t_quantile(double p, double degrees) noexcept;

}  // namespace hopcost
