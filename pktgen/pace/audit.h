// How far the generator's departures were off their plan. departed() is the hot path. One owner thread.
#pragma once

#include <cstdint>

#include "stats/hdr_histogram.h"

namespace hopcost::pktgen {

/// How late the departures of one lane were. One owner thread.
class Lateness {
 public:
  Lateness() { late_.take_pages(); }
  /// One departure, `late_ns` after its plan; `missed`: late by a mean gap or more.
  void departed(std::uint64_t late_ns, bool missed) noexcept {
    late_.record(late_ns);
    missed_slots_ += missed;
  }
  /// Adds another lane's departures.
  void merge(const Lateness& other);

  [[nodiscard]] std::uint64_t departures() const noexcept { return late_.count() + late_.overflow(); }
  /// Departure minus plan, in ns.
  [[nodiscard]] const HdrHistogram& late() const noexcept { return late_; }
  /// Departures late by a mean gap or more.
  [[nodiscard]] std::uint64_t missed_slots() const noexcept { return missed_slots_; }
  /// Share of departures at most `limit_ns` after their plan; 0 without departures.
  [[nodiscard]] double share_within(std::uint64_t limit_ns) const noexcept;

 private:
  std::uint64_t missed_slots_ = 0;
  HdrHistogram late_;
};

/// A departure is a burst of one or more packets handed over at once; its time is the one stamped into its
/// packets. A gap lies between one departure of a thread and the next, whatever their lanes.
class Audit {
 public:
  /// `mean_gap`: ticks between planned departures.
  Audit(double ticks_per_ns, double mean_gap)
      : ns_per_tick_(1.0 / ticks_per_ns), mean_gap_(static_cast<std::uint64_t>(mean_gap)) {
    for (HdrHistogram* h : {&gap_error_, &undisturbed_gap_error_, &gaps_}) h->take_pages();
  }

  /// One departure, planned for tick `planned` and made at tick `at`, which is never before `planned`.
  /// `awaited`: the sender stood ready before it was due. The lateness is counted in `lane`, which add()
  /// takes at the run's end.
  void departed(std::uint64_t planned, std::uint64_t at, bool awaited, Lateness& lane) noexcept {
    const std::uint64_t late = at - planned;
    lane.departed(ns(late), late >= mean_gap_);
    const bool was_disturbed = disturbed_;
    note_disturbance(late, awaited);
    if (begun_) note_gap(planned - last_planned_, at - last_at_, was_disturbed || disturbed_);
    begun_ = true;
    last_planned_ = planned;
    last_at_ = at;
    last_late_ = late;
  }
  /// Adds a lane's lateness. Call once for each lane when the run is over.
  void add(const Lateness& lane) { lateness_.merge(lane); }
  /// Counts planned departures that were never made, because the run's time was over.
  void never_departed(std::uint64_t n) noexcept { never_departed_ += n; }

  /// The rate has changed: later gaps count from tick `planned`, the mean gap is now `mean_gap` ticks, and
  /// `missed` departures due by then will never be made.
  void changed_gap(std::uint64_t planned, double mean_gap, std::uint64_t missed) noexcept {
    last_planned_ = planned;
    mean_gap_ = static_cast<std::uint64_t>(mean_gap);
    never_departed_ += missed;
    ++gap_changes_;
  }
  /// Adds another worker's figures. Gaps stay those between departures of one worker.
  void merge(const Audit& other);

  /// The lateness of all lanes that were added.
  [[nodiscard]] const Lateness& lateness() const noexcept { return lateness_; }
  [[nodiscard]] std::uint64_t departures() const noexcept { return lateness_.departures(); }
  /// Distance of each gap between departures from its planned gap, in ns, without sign.
  [[nodiscard]] const HdrHistogram& gap_error() const noexcept { return gap_error_; }
  /// The same, only of the gaps whose two departures no interruption made late.
  [[nodiscard]] const HdrHistogram& undisturbed_gap_error() const noexcept { return undisturbed_gap_error_; }
  /// How often the sender stood ready and yet departed more than kInterruptionNs late. That happens only when
  /// something takes its CPU away (the kernel, a hypervisor, another thread).
  [[nodiscard]] std::uint64_t interruptions() const noexcept { return interruptions_; }
  /// Gaps between departures, in ns.
  [[nodiscard]] const HdrHistogram& gaps() const noexcept { return gaps_; }
  /// Gaps below half of what was planned.
  [[nodiscard]] std::uint64_t micro_bursts() const noexcept { return micro_bursts_; }
  /// Departures late by a mean gap or more, and those that were never made.
  [[nodiscard]] std::uint64_t missed_slots() const noexcept {
    return lateness_.missed_slots() + never_departed_;
  }
  /// How often the rate was changed during the run.
  [[nodiscard]] std::uint64_t gap_changes() const noexcept { return gap_changes_; }
  /// Share of gaps that are at most `limit_ns` longer or shorter than planned; 0 without gaps.
  [[nodiscard]] double gaps_within(std::uint64_t limit_ns) const noexcept;
  /// The same, only of the undisturbed gaps.
  [[nodiscard]] double undisturbed_gaps_within(std::uint64_t limit_ns) const noexcept;

  static constexpr std::uint64_t kInterruptionNs = 500;

 private:
  [[nodiscard]] std::uint64_t ns(std::uint64_t ticks) const noexcept {
    return static_cast<std::uint64_t>(static_cast<double>(ticks) * ns_per_tick_ + 0.5);
  }
  /// An interruption disturbs a departure. It also disturbs the departures after it that leave late and
  /// without a wait, until the sender has caught up. A sender that never catches up is too slow, which is no
  /// disturbance.
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
  std::uint64_t last_planned_ = 0;
  std::uint64_t last_at_ = 0;
  std::uint64_t last_late_ = 0;
  bool begun_ = false;      // there was a departure
  bool disturbed_ = false;  // whether the last one was
  std::uint64_t interruptions_ = 0;
  std::uint64_t micro_bursts_ = 0;
  std::uint64_t never_departed_ = 0;
  std::uint64_t gap_changes_ = 0;
  Lateness lateness_;
  HdrHistogram gap_error_, undisturbed_gap_error_, gaps_;
};

}  // namespace hopcost::pktgen
