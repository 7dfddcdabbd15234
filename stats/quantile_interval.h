// How sure a quantile of packets is: the binomial interval between two order statistics, exact for
// independent packets of any distribution. Packets that never arrived count as infinitely late. Source: Hahn,
// Meeker, "Statistical Intervals", section 5.2. Safe from any thread. Includes base/ and the histogram.
#pragma once

#include <cstdint>
#include <string_view>

#include "stats/hdr_histogram.h"

namespace hopcost {

enum class QuantileStatus {
  kOk,
  kEmpty,   ///< Nothing was sent.
  kLoss,    ///< A larger share than 1 - q was lost: the quantile is infinite.
  kTooFew,  ///< Fewer than 100 packets are expected beyond the quantile: n (1 - q) < 100.
};

/// The status for people: "" for kOk, else the reason the quantile is not printed.
[[nodiscard]] std::string_view reason(QuantileStatus status) noexcept;

/// Beyond a quantile that is printed, so many packets are expected.
inline constexpr double kPacketsBeyondQuantile = 100.0;

struct QuantileInterval {
  double q = 0.0;
  QuantileStatus status = QuantileStatus::kEmpty;
  /// In the histogram's unit; the highest value of its step, as value_at_quantile(). +inf for kLoss; still
  /// the best guess for kTooFew.
  double estimate = 0.0;
  double lo = 0.0;  ///< Lowest value of the lower order statistic's step; 0 when there is none.
  double hi =
      0.0;  ///< Highest value of the upper one's step; +inf when losses or too few packets leave it open.
  std::uint64_t n = 0;  ///< Recorded, above the histogram's range, and lost.
  [[nodiscard]] bool ok() const noexcept { return status == QuantileStatus::kOk; }
};

/// `q` in 0..1 exclusive; `lost` packets never arrived. The histogram's overflow counts as infinite, too.
/// With confidence at least as asked for, the distribution's quantile lies in [lo, hi].
[[nodiscard]] QuantileInterval quantile_interval(const HdrHistogram& histogram, double q,
                                                 std::uint64_t lost = 0, double confidence = 0.95);

/// P(B <= k) for B binomial of n trials at probability p, by the incomplete beta function. Relative error
/// below 1e-5 up to n = 10^9, below 1e-10 up to 10^4.
[[nodiscard]] double binomial_cdf(std::uint64_t k, std::uint64_t n, double p) noexcept;

/// Ranks (from 1; 0 and n + 1 stand for none) of the order statistics that bound the quantile q of n values,
/// with at most (1 - confidence) / 2 outside at either end.
struct RankInterval {
  std::uint64_t lo = 0;
  std::uint64_t hi = 0;
};
[[nodiscard]] RankInterval quantile_ranks(std::uint64_t n, double q, double confidence) noexcept;

}  // namespace hopcost
