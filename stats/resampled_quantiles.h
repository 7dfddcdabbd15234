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
  double lost = 0;  ///< Packets, of those that would have been timed.
};

/// A quantile and its interval, ns.
struct Quantile {
  /// Interpolated (HdrHistogram::interpolated_quantile); nothing where the quantile is not defined.
  std::optional<double> value;
  Interval ci95{0, 0};
  bool known = false;  ///< ci95 is there: builds enough, and the quantile defined in nearly all resamples.
};

/// A quantile is infinite where it is not defined, because more than 1 - q of the packets were lost. `qs`
/// ascending, in 0..1 exclusive. Resamples are drawn from `seed`: the same seed gives the same intervals.
[[nodiscard]] std::vector<Quantile> resampled_quantiles(std::span<const BuildTimes* const> builds,
                                                        std::span<const double> qs, std::uint64_t seed);

/// Quantiles of `a` less those of `b`, builds resampled together: what a build does to both stays in both.
/// As many builds of one as of the other.
[[nodiscard]] std::vector<Quantile> resampled_shifts(std::span<const BuildTimes* const> a,
                                                     std::span<const BuildTimes* const> b,
                                                     std::span<const double> qs, std::uint64_t seed);

/// Fewer builds give no interval.
inline constexpr std::size_t kBuildsToResample = 6;

}  // namespace hopcost
