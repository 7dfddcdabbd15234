// The generator on itself: how far departures were off their plan. departed() is the hot path. One owner
// thread.
#pragma once

#include <cstdint>

#include "stats/hdr_histogram.h"

namespace hopcost::pktgen {

/// A departure is a burst of one or more packets handed over at once; its time is the one stamped into its
/// packets.
class Audit {
 public:
  /// `mean_gap` in ticks between planned departures.
  Audit(double ticks_per_ns, double mean_gap)
      : ns_per_tick_(1.0 / ticks_per_ns), mean_gap_(static_cast<std::uint64_t>(mean_gap)) {
    for (HdrHistogram* h : {&late_, &gap_error_, &gaps_}) h->take_pages();
  }

  /// One departure, planned for and made at a counter value; `at` is never before `planned`.
  void departed(std::uint64_t planned, std::uint64_t at) noexcept {
    const std::uint64_t late = at - planned;
    late_.record(ns(late));
    if (late >= mean_gap_) ++missed_slots_;
    if (departures_++ != 0) note_gap(planned - last_planned_, at - last_at_);
    last_planned_ = planned;
    last_at_ = at;
  }
  /// Planned departures that never were, because the run's time was over.
  void never_departed(std::uint64_t n) noexcept { missed_slots_ += n; }

  /// The departure counted last was planned for `planned`, the next ones have another mean gap, and `missed`
  /// before it are given up.
  void changed_gap(std::uint64_t planned, double mean_gap, std::uint64_t missed) noexcept {
    last_planned_ = planned;
    mean_gap_ = static_cast<std::uint64_t>(mean_gap);
    missed_slots_ += missed;
    ++gap_changes_;
  }
  /// Adds another worker's figures; gaps are those between the departures of one worker.
  void merge(const Audit& other);

  [[nodiscard]] std::uint64_t departures() const noexcept { return departures_; }
  /// Departure minus plan, in ns.
  [[nodiscard]] const HdrHistogram& late() const noexcept { return late_; }
  /// Distance of each gap between departures from its planned gap, in ns, without sign.
  [[nodiscard]] const HdrHistogram& gap_error() const noexcept { return gap_error_; }
  /// Gaps between departures, in ns.
  [[nodiscard]] const HdrHistogram& gaps() const noexcept { return gaps_; }
  /// Gaps below half of what was planned.
  [[nodiscard]] std::uint64_t micro_bursts() const noexcept { return micro_bursts_; }
  /// Departures late by a mean gap or more, and those that never were.
  [[nodiscard]] std::uint64_t missed_slots() const noexcept { return missed_slots_; }
  /// How often the rate was set while the run lasted.
  [[nodiscard]] std::uint64_t gap_changes() const noexcept { return gap_changes_; }
  /// Share of departures at most so many ns after their plan; 0 without departures.
  [[nodiscard]] double share_within(std::uint64_t limit_ns) const noexcept;
  /// Share of gaps at most so many ns longer or shorter than planned; 0 without gaps.
  [[nodiscard]] double gaps_within(std::uint64_t limit_ns) const noexcept;

 private:
  [[nodiscard]] std::uint64_t ns(std::uint64_t ticks) const noexcept {
    return static_cast<std::uint64_t>(static_cast<double>(ticks) * ns_per_tick_ + 0.5);
  }
  void note_gap(std::uint64_t planned, std::uint64_t made) noexcept {
    gaps_.record(ns(made));
    gap_error_.record(ns(made > planned ? made - planned : planned - made));
    if (made < planned / 2) ++micro_bursts_;
  }

  double ns_per_tick_;
  std::uint64_t mean_gap_;
  std::uint64_t departures_ = 0;
  std::uint64_t last_planned_ = 0;
  std::uint64_t last_at_ = 0;
  std::uint64_t micro_bursts_ = 0;
  std::uint64_t missed_slots_ = 0;
  std::uint64_t gap_changes_ = 0;
  HdrHistogram late_, gap_error_, gaps_;
};

}  // namespace hopcost::pktgen
