// Whether a quantile of packets may be given at all. Packets that never arrived count as infinitely late. How
// sure it is: stats/resampled_quantiles.h. Safe from any thread. Includes base/ and the histogram.
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

/// Beyond a quantile that is printed, so many packets are expected.
inline constexpr double kPacketsBeyondQuantile = 100.0;

/// `q` in 0..1 exclusive; `lost_share`, 0 to 1, of all packets never arrived. The histogram's overflow counts
/// as infinite, too.
[[nodiscard]] QuantileStatus quantile_status(const HdrHistogram& histogram, double q,
                                             double lost_share = 0) noexcept;

}  // namespace hopcost
