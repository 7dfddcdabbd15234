// What came back of each flow, interval by interval, during a run. A receiving thread records into one of two
// sets and never waits. A thread that asks for an interval gets the set that the receiving thread has just
// left.
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

/// The histograms of this many flows get all their memory at the start, 0.7 MiB a set. The others' pages are
/// allocated when a time is first counted there.
inline constexpr std::size_t kFlowsWithPages = 16;

/// One flow's times over an interval, ns, as RxAccount has them for the whole run, and its counts since the
/// run's begin.
struct FlowInterval {
  std::uint16_t flow = 0;
  HdrHistogram latency, intended, residence;
  std::uint64_t received = 0, duplicates = 0, reordered = 0;
  std::uint64_t passed = 0;  ///< How many numbers there are up to the largest seen at any queue.
  double jitter_ns = 0;

  /// Numbers not received so far; some of these packets may still be on their way.
  [[nodiscard]] std::uint64_t missing() const noexcept { return passed > received ? passed - received : 0; }
  /// Takes all memory of the times now, so that the receiving thread waits for no page.
  void take_pages() noexcept;
  /// Adds the times of an earlier interval; the counts stay this one's.
  void add_times(const FlowInterval& earlier);
  /// Forgets the times; the counts stay.
  void forget_times() noexcept;
  /// Forgets all but the flow's id.
  void reset() noexcept;
};
using FlowIntervals = std::vector<FlowInterval>;  ///< One per flow.

/// One receiving thread's two sets. The recording side belongs to that thread, the asking side to one thread
/// at a time.
class IntervalRecorder {
 public:
  /// A place for each of these flow ids, in this order.
  explicit IntervalRecorder(const std::vector<std::uint16_t>& flows);

  /// Recording side: where the i-th flow's times go.
  [[nodiscard]] FlowInterval& now(std::size_t i) noexcept {
    return sets_[active_.load(std::memory_order_relaxed)][i];
  }
  /// Recording side, between batches: changes to the other set if take() has asked for that.
  void turn(const RxAccounts& accounts) noexcept {
    if (wanted_.load(std::memory_order_acquire) != active_.load(std::memory_order_relaxed))
      turn_now(accounts);
  }
  /// Recording side: nothing more will be recorded.
  void end(const RxAccounts& accounts) noexcept;

  /// Asking side: adds all that was recorded since the last call to `into`, which has one entry per flow.
  /// Waits until the recording side has changed sets, or ended.
  void take(FlowIntervals& into);

 private:
  void turn_now(const RxAccounts& accounts) noexcept;
  void drain(std::size_t set, FlowIntervals& into);
  void count(std::size_t set, const RxAccounts& accounts) noexcept;

  std::array<FlowIntervals, 2> sets_;
  std::atomic<std::size_t> active_{0}, wanted_{0};
  std::atomic<bool> over_{false};
};

/// The recorders of all receiving threads of a run, for several subscribers, each of which asks at its own
/// pace. Any thread.
class LatencyFeed {
 public:
  /// Each recorder has a place for each of these flow ids, in this order.
  explicit LatencyFeed(std::vector<std::uint16_t> flows) : flows_(std::move(flows)) {}

  /// Adds a recorder for a receiving thread, before that thread starts. Subscribers may take() meanwhile.
  [[nodiscard]] IntervalRecorder& add_recorder();
  /// Adds a subscriber and gives its number. Only before the run.
  [[nodiscard]] std::size_t subscribe();
  /// What each flow did since this subscriber's last call, or the run's begin; valid until its next call.
  /// Waits some ms for the receiving threads to change sets. Allocates nothing, because giving memory back
  /// interrupts every CPU that a thread of ours is on.
  [[nodiscard]] const FlowIntervals& take(std::size_t subscriber);

 private:
  struct Subscriber {
    FlowIntervals kept;   ///< Times that other subscribers took since this one's last call.
    FlowIntervals given;  ///< What its last take() gave.
  };

  std::vector<std::uint16_t> flows_;
  std::vector<std::unique_ptr<IntervalRecorder>> recorders_;
  std::mutex mutex_;
  std::deque<Subscriber> subscribers_;
};

}  // namespace hopcost::pktgen
