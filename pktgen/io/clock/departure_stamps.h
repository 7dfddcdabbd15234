// How long frames took from the time pktgen wrote into them to their departure, by the NIC's stamps. One
// owner thread.
#pragma once

#include <cstdint>

#include "stats/hdr_histogram.h"

namespace hopcost::pktgen {

class DepartureStamps {
 public:
  /// Takes all its memory now, so that no frame waits for a page.
  DepartureStamps() { delay_.take_pages(); }

  /// A frame that carries the time `given` left at `left`, both ns of CLOCK_REALTIME. `left` 0: a stamp was
  /// asked for and none came.
  void record(std::uint64_t given, std::uint64_t left) noexcept {
    if (left == 0) {
      ++missing_;
    } else if (left < given) {
      ++negative_;
    } else {
      delay_.record(left - given);
    }
  }
  /// Adds another worker's frames.
  void merge(const DepartureStamps& other) {
    missing_ += other.missing_;
    negative_ += other.negative_;
    (void)delay_.merge(other.delay_);  // both have the default layout
  }

  /// Departure less the time in the frame, ns.
  [[nodiscard]] const HdrHistogram& delay() const noexcept { return delay_; }
  /// Frames for which a stamp was asked and none came.
  [[nodiscard]] std::uint64_t missing() const noexcept { return missing_; }
  /// Departures before the time in the frame, because the clocks are not exact enough.
  [[nodiscard]] std::uint64_t negative() const noexcept { return negative_; }
  /// Whether the NIC stamped any frame.
  [[nodiscard]] bool any() const noexcept { return delay_.count() + delay_.overflow() + negative_ > 0; }

 private:
  HdrHistogram delay_;
  std::uint64_t missing_ = 0, negative_ = 0;
};

}  // namespace hopcost::pktgen
