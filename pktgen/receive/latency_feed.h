// What came back of each flow, interval by interval, while a run lasts. The receiving thread records and
// never waits. Who asks for an interval gets the histograms that this thread has stopped writing to.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "stats/hdr_histogram.h"

namespace hopcost::pktgen {

class RxAccounts;

/// Histograms of so many flows have their pages from the start, 0.7 MiB a set; the others of times seen only.
inline constexpr std::size_t kFlowsWithPages = 16;

/// Times of one flow over an interval, ns, as RxAccount has them for the whole run, and its counts so far.
struct FlowInterval {
  std::uint16_t flow = 0;
  HdrHistogram latency, intended, residence;
  std::uint64_t received = 0, duplicates = 0, reordered = 0;
  std::uint64_t passed = 0;  ///< Numbers up to the largest seen at any queue.
  double jitter_ns = 0;

  /// Gaps so far, some of them still on their way.
  [[nodiscard]] std::uint64_t missing() const noexcept { return passed > received ? passed - received : 0; }
  /// Has all memory of the times now: a receiving thread waits for no page then.
  void take_pages() noexcept;
  /// Adds the times of an earlier interval; the counts stay this one's.
  void add_times(const FlowInterval& earlier);
  /// Back to no times; the counts stay.
  void forget_times() noexcept;
  /// Forgets all but whose it is.
  void reset() noexcept;
};
using FlowIntervals = std::vector<FlowInterval>;  ///< One a flow.

/// One receiving thread's two sets. The recording side belongs to that thread, the other to one that asks at
/// a time.
class IntervalRecorder {
 public:
  /// A place for each flow, in this order.
  explicit IntervalRecorder(const std::vector<std::uint16_t>& flows);

  /// Recording: where the i-th flow's times go.
  [[nodiscard]] FlowInterval& now(std::size_t i) noexcept {
    return sets_[active_.load(std::memory_order_relaxed)][i];
  }
  /// Recording, between batches: turns to the other set when it was asked for.
  void turn(const RxAccounts& accounts) noexcept {
    if (wanted_.load(std::memory_order_acquire) != active_.load(std::memory_order_relaxed))
      turn_now(accounts);
  }
  /// Recording: nothing comes any more.
  void end(const RxAccounts& accounts) noexcept;

  /// Asking: everything since the last call, added to `into`, one a flow.
  void take(FlowIntervals& into);

 private:
  void turn_now(const RxAccounts& accounts) noexcept;
  void drain(std::size_t set, FlowIntervals& into);
  void count(std::size_t set, const RxAccounts& accounts) noexcept;

  std::array<FlowIntervals, 2> sets_;
  std::atomic<std::size_t> active_{0}, wanted_{0};
  std::atomic<bool> over_{false};
};

/// All receiving threads of a run, for several who ask at their own pace.
class LatencyFeed {
 public:
  /// Each recorder has a place for each flow, in this order.
  explicit LatencyFeed(std::vector<std::uint16_t> flows) : flows_(std::move(flows)) {}

  /// A further receiving thread's, before the run.
  [[nodiscard]] IntervalRecorder& add_recorder();
  /// A further one who asks, before the run; its number.
  [[nodiscard]] std::size_t subscribe();
  /// What each flow did since this subscriber's last call, or the run's begin; stands until its next one.
  /// Waits for the receiving threads to turn, some ms. Takes no memory: to give some back interrupts every
  /// CPU a thread of ours is on.
  [[nodiscard]] const FlowIntervals& take(std::size_t subscriber);

 private:
  struct Subscriber {
    FlowIntervals kept;   ///< What others have taken since this one's last call.
    FlowIntervals given;  ///< What it has been given.
  };

  std::vector<std::uint16_t> flows_;
  std::vector<std::unique_ptr<IntervalRecorder>> recorders_;
  std::mutex mutex_;
  std::deque<Subscriber> subscribers_;
};

}  // namespace hopcost::pktgen
