// When frames left their NIC, by its own stamps, beside when pktgen gave them to the port. One owner thread.
#pragma once

#include <cstdint>

#include "stats/hdr_histogram.h"

namespace hopcost::pktgen {

class DepartureStamps {
 public:
  /// Has all its memory from the start: no frame waits for a page.
  DepartureStamps() { delay_.take_pages(); }

  /// A frame that carries the time `given` left at `left`, both ns of CLOCK_REALTIME; 0: it was asked for a
  /// stamp and has none.
  void record(std::uint64_t given, std::uint64_t left) noexcept {
    if (left == 0) {
      ++missing_;
    } else if (left < given) {
      ++negative_;
    } else {
      delay_.record(left - given);
    }
  }
  /// Adds another worker's.
  void merge(const DepartureStamps& other) {
    missing_ += other.missing_;
    negative_ += other.negative_;
    (void)delay_.merge(other.delay_);  // the default layout both
  }

  /// From the time in the frame to its departure, ns.
  [[nodiscard]] const HdrHistogram& delay() const noexcept { return delay_; }
  /// Frames that were asked for a stamp and got none.
  [[nodiscard]] std::uint64_t missing() const noexcept { return missing_; }
  /// Departures before the time in the frame: the clocks are less exact than that.
  [[nodiscard]] std::uint64_t negative() const noexcept { return negative_; }
  /// Whether the NIC stamped any.
  [[nodiscard]] bool any() const noexcept { return delay_.count() + delay_.overflow() + negative_ > 0; }

 private:
  HdrHistogram delay_;
  std::uint64_t missing_ = 0, negative_ = 0;
};

}  // namespace hopcost::pktgen
