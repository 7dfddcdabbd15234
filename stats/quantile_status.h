// Whether a quantile of packets may be given at all. Packets that never arrived count as infinitely late. The
// quantile's interval comes from stats/resampled_quantiles.h. Safe from any thread. Includes base/ and the
// histogram.
#pragma once

#include <cstdint>
#include <string_view>

#include "stats/hdr_histogram.h"

namespace hopcost {

enum class QuantileStatus {
  kOk,
  kEmpty,   ///< Nothing was recorded, and nothing lost.
  kLoss,    ///< A larger share than 1 - q was lost: the quantile is infinite.
  kTooFew,  ///< Fewer than 100 packets are expected beyond the quantile: n (1 - q) < 100.
};

/// The status for people: "" for kOk, else the reason the quantile is not printed.
[[nodiscard]] std::string_view reason(QuantileStatus status) noexcept;

/// A quantile is printed only if at least this many packets are expected beyond it.
inline constexpr double kPacketsBeyondQuantile = 100.0;

/// `q` is above 0 and below 1; `lost_share` is the share of all packets that never arrived, 0..1. Values in
/// the histogram's overflow count as infinite, too.
[[nodiscard]] QuantileStatus quantile_status(const HdrHistogram& histogram, double q,
                                             double lost_share = 0) noexcept;

}  // namespace hopcost
