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

/// What a sender shares with other threads while a run lasts: a cache line of its own. It alone writes, but
/// for `stop`, `gap` and `phase`.
struct alignas(64) Progress {
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> bytes{0};   ///< Of these frames, without FCS.
  std::atomic<std::uint64_t> errors{0};  ///< As the result has them, when a run has ended.
  std::atomic<double> gap{0};  ///< Mean ticks between departures from the next one on; 0: as planned.
  /// Stored before `gap`: a tick that one of those departures, or trains, would fall on, so that several
  /// workers' are spread evenly; 0: any.
  std::atomic<std::uint64_t> phase{0};
  std::atomic<bool> stop{false};
  [[nodiscard]] bool stopping() const noexcept {
    return stop.load(std::memory_order_relaxed) || stop_requested();
  }
};

/// What a run is asked for, whatever its lanes.
struct SendJob {
  std::uint64_t count = 0;  ///< Packets, of all lanes.
  std::uint64_t ticks = 0;  ///< Of run time.
  std::uint64_t begin = 0;  ///< When the run begins, ticks; 0: at once.
  std::uint32_t burst = 1;  ///< Packets a departure.
  std::uint64_t near = 0;   ///< Ticks before a departure from which on nothing but the counter is looked at.
  std::uint64_t stall = 0;  ///< Ticks without a free frame after which the run is given up.
  LiveBuckets* lateness = nullptr;  ///< Where others see how late departures are, or null.
  Progress& progress;
};

/// One thread's counts; `given` packets went to the ports, which may still owe some of them.
struct SendCount {
  std::uint64_t given = 0;
  std::uint64_t bytes = 0;  ///< Of these packets' frames, without FCS.
  std::uint64_t start = 0;  ///< Where the plan's offsets count from, ticks.
  std::uint64_t first = 0;  ///< First departure as planned, ticks.
  std::uint64_t last = 0;   ///< Last departure, ticks.
};

/// How wait_until() ended.
struct Waited {
  std::uint64_t until = 0;  ///< The time read last.
  bool awaited = false;     ///< It was read before `planned` as well: the wait was not over when it began.
};

/// Busy-waits until `planned` or later, or less when the run is to stop.
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

/// Takes another rate from this departure on. Time counts from the departure's plan, or from now where the
/// plan is a gap of either rate ago, so that no burst makes up for it. Departures that were missed by then
/// are never made. With a `phase` (Progress) later departures fall on that.
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

/// As the plan says. A departure that comes late is made at once, and the plan stays as it was. `Hand` makes
/// the packets of a departure (send/lanes_hand.h):
///   more()                        false: its source is over
///   get_ready(n, planned)         before the wait
///   watched(), leaves(n, late_ns) just before they are made, when somebody wants to know
///   give(n, at)                   makes them, and says kDone when all went
///   departed(planned, at, awaited) counts the departure, and goes on to the next
///   may_end()                     the run may end before the departure at hand
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
