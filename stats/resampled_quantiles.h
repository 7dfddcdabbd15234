// Quantiles of packets that came in builds, with intervals from resampling whole builds (a cluster bootstrap:
// Davison, Hinkley, "Bootstrap Methods and their Application", section 3.8): packets of one build are not
// independent, builds are taken to be. Lost packets count as infinitely late. Safe from any thread. Includes
// the histogram.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stats/hdr_histogram.h"
#include "stats/paired.h"

namespace hopcost {

/// What one build showed of one mode.
struct BuildTimes {
  HdrHistogram times;
  double lost = 0;  ///< Packets that never arrived, of those that would have been timed.
};

/// A quantile and its interval, ns.
struct Quantile {
  /// Interpolated (HdrHistogram::interpolated_quantile); nothing where the quantile is not defined.
  std::optional<double> value;
  Interval ci95{0, 0};
  bool known = false;  ///< Whether ci95 is set: enough builds, and nearly all resamples define the quantile.
};

/// One per q, in the order of `qs`, which are ascending, above 0 and below 1. A quantile is not defined when
/// more than 1 - q of the packets were lost. Resamples are drawn from `seed`: the same seed gives the same
/// intervals.
[[nodiscard]] std::vector<Quantile> resampled_quantiles(std::span<const BuildTimes* const> builds,
                                                        std::span<const double> qs, std::uint64_t seed);

/// Quantiles of `a` less those of `b`. Build i of both is drawn together, so an influence of a build on both
/// cancels out. `a` and `b` have the same number of builds.
[[nodiscard]] std::vector<Quantile> resampled_shifts(std::span<const BuildTimes* const> a,
                                                     std::span<const BuildTimes* const> b,
                                                     std::span<const double> qs, std::uint64_t seed);

/// An interval needs at least this many builds.
inline constexpr std::size_t kBuildsToResample = 6;

}  // namespace hopcost
