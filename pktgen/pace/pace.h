// The pacing loop, and what all sending loops share. One thread; no allocation, lock, log or virtual call.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/signals.h"
#include "pktgen/pace/audit.h"
#include "pktgen/pace/live_buckets.h"
#include "pktgen/pace/run_clock.h"
#include "pktgen/pace/send_end.h"

namespace hopcost::pktgen {

/// What a sender shares with other threads during a run, in a cache line of its own. Only the sender writes,
/// except `stop`, `gap` and `phase`, which others set.
struct alignas(64) Progress {
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> bytes{0};   ///< Of these frames, without FCS.
  std::atomic<std::uint64_t> errors{0};  ///< RunResult::tx_errors, set when the run has ended.
  std::atomic<double> gap{0};            ///< Mean ticks between later departures; 0: as planned.
  /// Stored before `gap`: a tick on which one of the departures (or trains) would fall, so that the workers'
  /// departures are spread evenly; 0: any.
  std::atomic<std::uint64_t> phase{0};
  std::atomic<bool> stop{false};
  [[nodiscard]] bool stopping() const noexcept {
    return stop.load(std::memory_order_relaxed) || stop_requested();
  }
};

/// What a run is asked to do, whatever its lanes.
struct SendJob {
  std::uint64_t count = 0;          ///< Packets to send, of all lanes.
  std::uint64_t ticks = 0;          ///< Run time.
  std::uint64_t begin = 0;          ///< Tick at which the run begins; 0: at once.
  std::uint32_t burst = 1;          ///< Packets per departure.
  std::uint64_t near = 0;           ///< In the last `near` ticks before a departure only the counter is read.
  std::uint64_t stall = 0;          ///< The run is given up after this many ticks without a free frame.
  LiveBuckets* lateness = nullptr;  ///< Where other threads see how late departures are, or null.
  Progress& progress;
};

/// One thread's counts.
struct SendCount {
  std::uint64_t given = 0;
  std::uint64_t bytes = 0;  ///< Of these packets' frames, without FCS.
  std::uint64_t start = 0;  ///< Tick from which the plan's offsets count.
  std::uint64_t first = 0;  ///< Tick of the first planned departure.
  std::uint64_t last = 0;   ///< Tick of the last departure made.
};

/// How wait_until() ended.
struct Waited {
  std::uint64_t until = 0;  ///< The tick read last.
  bool awaited = false;     ///< The sender had to wait: `planned` was still ahead when it first looked.
};

/// Busy-waits until tick `planned`; returns early when the run is to stop.
template <RunClock C>
inline Waited wait_until(C& clock, std::uint64_t planned, std::uint64_t near,
                         const Progress& progress) noexcept {
  std::uint64_t now = clock.now();
  if (now < planned) clock.keep_fit(now, planned - now);
  bool awaited = false;
  while ((now = clock.now()) < planned) {
    awaited = true;
    if (planned - now < near) continue;  // the pause instruction is coarser than what is left
    if (progress.stopping()) break;
    clock.relax();
  }
  return {now, awaited};
}

/// Changes the rate from this departure on. The new gaps count from the departure's planned time. If that is
/// a gap of either rate ago, they count from now, so that no burst makes up for the delay; departures missed
/// by then are never made. With a `phase` (see Progress) later departures fall on it.
template <class Plan>
void change_gap(Plan& plan, double gap, std::uint64_t phase, std::uint64_t start, std::uint64_t at,
                Audit& audit) noexcept {
  if constexpr (requires { plan.rebase(at, gap); }) {
    const std::uint64_t late = at - start - plan.offset();
    const auto missed = static_cast<std::uint64_t>(static_cast<double>(late) / plan.mean_gap());
    const bool behind = static_cast<double>(late) >= std::min(plan.mean_gap(), gap);
    plan.rebase(behind ? at - start : plan.offset(), gap);
    audit.changed_gap(start + plan.offset(), gap, missed);
    if (phase != 0) plan.align(static_cast<double>(static_cast<std::int64_t>(phase - start)));
  }
}

/// Makes departures as planned until the run ends. A late departure is made at once; the plan stays as it
/// was. `Hand` makes the packets of a departure (send/lanes_hand.h):
///   more()                         false: the source has ended
///   get_ready(n, planned)          before the wait
///   watched(), leaves(n, late_ns)  just before the packets are made; leaves() only if watched()
///   give(n, at)                    makes the packets; kDone when all of them went out
///   departed(planned, at, awaited) counts the departure and goes on to the next
///   may_end()                      whether the run may end before the current departure
template <class Hand, RunClock C, class Plan>
SendEnd pace(Hand& hand, const SendJob& job, C& clock, Plan plan, Audit& audit, SendCount& c) noexcept {
  c.start = job.begin != 0 ? job.begin : clock.now() + job.near;
  c.first = c.start + plan.offset();
  double gap = 0;
  for (; c.given < job.count && (plan.offset() < job.ticks || !hand.may_end()); plan.advance()) {
    const std::uint64_t planned = c.start + plan.offset();
    if (!hand.more()) return SendEnd::kDone;
    const std::uint64_t burst = std::min<std::uint64_t>(job.burst, job.count - c.given);
    hand.get_ready(burst, planned);
    const auto [at, awaited] = wait_until(clock, planned, job.near, job.progress);
    if (job.progress.stopping()) return SendEnd::kStopped;
    if (at - c.start >= job.ticks && hand.may_end()) {
      audit.never_departed(
          1 + static_cast<std::uint64_t>(static_cast<double>(job.ticks - plan.offset()) / plan.mean_gap()));
      return SendEnd::kDone;
    }
    c.last = at;
    if (hand.watched()) hand.leaves(burst, clock.to_ns(at) - clock.to_ns(planned));
    const SendEnd end = hand.give(burst, at);
    hand.departed(planned, at, awaited);
    if (end != SendEnd::kDone) return end;
    if (const double asked = job.progress.gap.load(std::memory_order_acquire); asked != gap) [[unlikely]]
      change_gap(plan, gap = asked, job.progress.phase.load(std::memory_order_relaxed), c.start, at, audit);
  }
  return SendEnd::kDone;
}

}  // namespace hopcost::pktgen
