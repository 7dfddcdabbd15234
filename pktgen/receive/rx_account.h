// What came back of one flow: counts, reordering, jitter and latency. see() is the hot path. One owner
// thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "pktgen/pace/lateness_board.h"
#include "pktgen/receive/latency_feed.h"
#include "stats/delay_steps.h"
#include "stats/hdr_histogram.h"
#include "stats/jitter.h"
#include "stats/sequence_tracker.h"
#include "wire/probe.h"

namespace hopcost::pktgen {

/// Latency is rx - tx_ns: a round trip when the probes come back to the port they left from, one-way when
/// they come in at another port of this machine. What a reflector kept a probe for, as it wrote into it, is
/// taken off, and kept as the residence. The first copy of each packet counts, at its own time.
class RxAccount {
 public:
  /// `board` tells how late packets left; null when the run has no plan.
  RxAccount(std::uint16_t flow, std::uint64_t first_sequence, const LatenessBoard* board)
      : flow_(flow), first_(first_sequence), board_(board), tracker_(first_sequence) {}

  /// Has all memory of the times now: no packet waits for a page then.
  void take_pages() noexcept {
    for (HdrHistogram* h : {&latency_, &intended_, &residence_}) h->take_pages();
    steps_.take_pages();
  }
  /// One frame received at `rx_ns` (CLOCK_REALTIME).
  void see(std::span<const std::byte> frame, std::uint64_t rx_ns) noexcept;
  /// The same for a complete() probe that is known to be of this flow.
  /// `interval`, if there is one, gets its times as well.
  void take(const Probe& probe, std::uint64_t rx_ns, FlowInterval* interval = nullptr) noexcept;
  [[nodiscard]] std::uint16_t flow() const noexcept { return flow_; }

  /// Adds what another queue received of the flow, or what came of another flow, for results. Order and
  /// jitter are judged for each queue and flow by itself; the jitter becomes the mean over packets.
  void merge(const RxAccount& other);

  [[nodiscard]] const SequenceTracker& sequences() const noexcept { return tracker_; }
  /// Numbers up to the largest seen, whether they came or not.
  [[nodiscard]] std::uint64_t passed() const noexcept { return tracker_.next_expected() - first_; }
  /// From the actual departure.
  [[nodiscard]] const HdrHistogram& latency() const noexcept { return latency_; }
  /// From the planned departure: the latency of a packet that had left in time, so it includes queueing in
  /// the sender.
  [[nodiscard]] const HdrHistogram& latency_intended() const noexcept { return intended_; }
  /// Arrivals whose plan was not known any more (more than LatenessBoard::kEntries packets old).
  [[nodiscard]] std::uint64_t plan_unknown() const noexcept { return plan_unknown_; }
  /// Of the probes that a reflector sent back.
  [[nodiscard]] const HdrHistogram& residence() const noexcept { return residence_; }
  /// Reflected probes that stayed longer than they can say (kLongestResidenceNs): received, without a
  /// latency.
  [[nodiscard]] std::uint64_t residence_unknown() const noexcept { return residence_unknown_; }
  /// When the first packet behind the last gap in the numbers left, ns after the first one that came did;
  /// nothing while no number was skipped. A packet that is overtaken makes a gap as well.
  [[nodiscard]] std::optional<std::uint64_t> last_gap_ns() const noexcept {
    return last_gap_tx_ns_ == 0 ? std::nullopt : std::optional(last_gap_tx_ns_ - first_tx_ns_);
  }
  /// The longest time between two arrivals in a row, ns; 0 with less than two.
  [[nodiscard]] std::uint64_t longest_silence_ns() const noexcept { return longest_silence_ns_; }
  /// RFC 3550 section 6.4.1, ns.
  [[nodiscard]] double jitter_ns() const noexcept { return jitter_.ns(); }
  /// The latency's steps from one packet to the next.
  [[nodiscard]] const DelaySteps& steps() const noexcept { return steps_; }
  /// Frames without a probe of this flow.
  [[nodiscard]] std::uint64_t foreign() const noexcept { return foreign_; }
  /// Arrivals before their own departure, recorded as 0: the clocks disagree.
  [[nodiscard]] std::uint64_t negative() const noexcept { return negative_; }

 private:
  void watch_gaps(const Probe& p, std::uint64_t rx_ns) noexcept;

  std::uint16_t flow_;
  std::uint64_t first_;
  const LatenessBoard* board_;
  SequenceTracker tracker_;
  InterarrivalJitter jitter_;
  DelaySteps steps_;
  std::uint64_t first_tx_ns_ = 0, last_gap_tx_ns_ = 0, last_rx_ns_ = 0, longest_silence_ns_ = 0;
  std::uint64_t foreign_ = 0, negative_ = 0, plan_unknown_ = 0, residence_unknown_ = 0;
  HdrHistogram latency_, intended_, residence_;
};

}  // namespace hopcost::pktgen
