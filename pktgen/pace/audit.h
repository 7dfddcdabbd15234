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
    for (HdrHistogram* h : {&late_, &gap_error_, &undisturbed_gap_error_, &gaps_}) h->take_pages();
  }

  /// One departure, planned for and made at a counter value; `at` is never before `planned`. `awaited`: the
  /// sender stood ready before it was due.
  void departed(std::uint64_t planned, std::uint64_t at, bool awaited) noexcept {
    const std::uint64_t late = at - planned;
    late_.record(ns(late));
    if (late >= mean_gap_) ++missed_slots_;
    const bool was_disturbed = disturbed_;
    note_disturbance(late, awaited);
    if (departures_++ != 0) note_gap(planned - last_planned_, at - last_at_, was_disturbed || disturbed_);
    last_planned_ = planned;
    last_at_ = at;
    last_late_ = late;
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
  /// The same of the gaps between departures that no interruption made late.
  [[nodiscard]] const HdrHistogram& undisturbed_gap_error() const noexcept { return undisturbed_gap_error_; }
  /// How often the sender stood ready and yet departed over kInterruptionNs late: only who takes its CPU away
  /// does that (the kernel, a hypervisor, another thread).
  [[nodiscard]] std::uint64_t interruptions() const noexcept { return interruptions_; }
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
  /// The same of the undisturbed ones.
  [[nodiscard]] double undisturbed_gaps_within(std::uint64_t limit_ns) const noexcept;

  static constexpr std::uint64_t kInterruptionNs = 500;

 private:
  [[nodiscard]] std::uint64_t ns(std::uint64_t ticks) const noexcept {
    return static_cast<std::uint64_t>(static_cast<double>(ticks) * ns_per_tick_ + 0.5);
  }
  /// A departure is disturbed by an interruption, and those behind it are as long as they are late without a
  /// wait and catch up; a sender that is too slow falls back.
  void note_disturbance(std::uint64_t late, bool awaited) noexcept {
    if (awaited) {
      disturbed_ = ns(late) > kInterruptionNs;
      interruptions_ += disturbed_;
    } else {
      disturbed_ = disturbed_ && late < last_late_;
    }
  }
  void note_gap(std::uint64_t planned, std::uint64_t made, bool disturbed) noexcept {
    const std::uint64_t error = ns(made > planned ? made - planned : planned - made);
    gaps_.record(ns(made));
    gap_error_.record(error);
    if (!disturbed) undisturbed_gap_error_.record(error);
    if (made < planned / 2) ++micro_bursts_;
  }

  double ns_per_tick_;
  std::uint64_t mean_gap_;
  std::uint64_t departures_ = 0;
  std::uint64_t last_planned_ = 0;
  std::uint64_t last_at_ = 0;
  std::uint64_t last_late_ = 0;
  bool disturbed_ = false;  // the last departure
  std::uint64_t interruptions_ = 0;
  std::uint64_t micro_bursts_ = 0;
  std::uint64_t missed_slots_ = 0;
  std::uint64_t gap_changes_ = 0;
  HdrHistogram late_, gap_error_, undisturbed_gap_error_, gaps_;
};

}  // namespace hopcost::pktgen
