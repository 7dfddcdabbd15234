// What several units (hosts) say together when each has an estimate with a variance of its own and they also
// truly differ: the random-effects model. Pure; safe from any thread. Includes only stats/.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "stats/paired.h"

namespace hopcost {

/// One unit's estimate. `variance` is that of the estimate, not of single observations; above 0 and finite.
struct UnitEstimate {
  double value, variance;
};

/// The model's answer.
struct RandomEffects {
  double mean = 0;
  double standard_error = 0;
  Interval ci95;             ///< Of `mean`; infinitely wide for one unit.
  double between_sd = 0;     ///< Standard deviation of the units' true values: tau.
  double between_share = 0;  ///< I squared: share of the estimates' spread that is not measurement error.
  /// Prediction interval: holds a further unit's true value with 95 %; nothing with fewer than three units.
  std::optional<Interval> next95;
};

/// Needs at least one unit. The variance between units solves the generalised Q statistic (Paule and Mandel
/// 1982; recommended by Veroniki et al. 2016), 0 where the estimates differ by no more than their own errors.
/// The interval is Hartung and Knapp's (2001) with k - 1 degrees of freedom, never narrower than the
/// classical standard error would give (Jackson et al. 2017). The prediction interval is Higgins et al.'s
/// (2009) with k - 2; it is too narrow when the units' errors are as large as their differences (Partlett and
/// Riley 2017).
[[nodiscard]] RandomEffects random_effects(std::span<const UnitEstimate> units);

/// One unit compared with all others.
struct FromOthers {
  double p = 1;  ///< p-value of "it differs no more than units do", with Holm's correction over all units.
  double others_mean = 0;  ///< The model's mean without it.
};

/// Tests each unit's difference from the model of all others (Viechtbauer and Cheung 2010: the deleted
/// residual), by Student's t with k - 2 degrees of freedom. One per unit, in their order; empty for fewer
/// than four units, which tell nothing.
[[nodiscard]] std::vector<FromOthers> from_others(std::span<const UnitEstimate> units);

}  // namespace hopcost
