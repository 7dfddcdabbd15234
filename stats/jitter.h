// Delay variation in the forms that standards ask for. Header only; one owner thread.
#pragma once

#include <cstdint>

#include "stats/hdr_histogram.h"

namespace hopcost {

/// RFC 3550 section 6.4.1: J += (|D| - J) / 16, where D is the change of the transit time from one arrival to
/// the next. Only differences of transit times count: the two clocks need not agree.
class InterarrivalJitter {
 public:
  /// One arrival, in ns on either clock, in order of arrival.
  void see(std::uint64_t tx_ns, std::uint64_t rx_ns) noexcept {
    const auto transit = static_cast<std::int64_t>(rx_ns - tx_ns);
    if (started_) {
      const auto change = static_cast<double>(transit - transit_);
      jitter_ += ((change < 0 ? -change : change) - jitter_) / 16.0;
    }
    transit_ = transit;
    started_ = true;
  }
  /// The weighted mean with another stream's, for results.
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

/// RFC 5481 section 4.2: the packet delay variation's quantile q, delay at q less the smallest delay, in the
/// histogram's unit, from its one-way delays.
[[nodiscard]] inline std::uint64_t packet_delay_variation(const HdrHistogram& delays, double q) noexcept {
  return delays.value_at_quantile(q) - delays.min();
}

}  // namespace hopcost
