// Delay variation in the forms that standards ask for. Header only; one owner thread.
#pragma once

#include <cstdint>

#include "stats/hdr_histogram.h"

namespace hopcost {

/// RFC 3550 section 6.4.1: J += (|D| - J) / 16, where D is the change of the transit time from one arrival to
/// the next. Only differences of transit times count, so the two clocks need not agree.
class InterarrivalJitter {
 public:
  /// One packet, in the order of arrival: `tx_ns` on the sender's clock, `rx_ns` on the receiver's.
  void see(std::uint64_t tx_ns, std::uint64_t rx_ns) noexcept {
    const auto transit = static_cast<std::int64_t>(rx_ns - tx_ns);
    if (started_) {
      const auto change = static_cast<double>(transit - transit_);
      jitter_ += ((change < 0 ? -change : change) - jitter_) / 16.0;
    }
    transit_ = transit;
    started_ = true;
  }
  /// Becomes the weighted mean of this jitter and another stream's. For results: see() does not continue from
  /// it.
  void mix(const InterarrivalJitter& other, double weight, double other_weight) noexcept {
    if (weight + other_weight > 0)
      jitter_ = (jitter_ * weight + other.jitter_ * other_weight) / (weight + other_weight);
  }
  /// 0 before the second arrival.
  [[nodiscard]] double ns() const noexcept { return jitter_; }

 private:
  bool started_ = false;
  std::int64_t transit_ = 0;
  double jitter_ = 0.0;
};

/// RFC 5481 section 4.2: quantile q (0..1) of the packet delay variation, which is the delay at q less the
/// smallest delay. `delays` are one-way; the result has their unit.
[[nodiscard]] inline std::uint64_t packet_delay_variation(const HdrHistogram& delays, double q) noexcept {
  return delays.value_at_quantile(q) - delays.min();
}

}  // namespace hopcost
