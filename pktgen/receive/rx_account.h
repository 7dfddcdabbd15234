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
/// they come in at another port of this machine. The time that a reflector kept a probe, which it wrote into
/// the probe, is subtracted and counted as the residence. Of each packet the first copy to arrive counts.
class RxAccount {
 public:
  /// `board` tells how late packets left, and outlives this; null when the run has no plan.
  RxAccount(std::uint16_t flow, std::uint64_t first_sequence, const LatenessBoard* board)
      : flow_(flow), first_(first_sequence), board_(board), tracker_(first_sequence) {}

  /// Takes all memory of the times now, so that no packet waits for a page.
  void take_pages() noexcept {
    for (HdrHistogram* h : {&latency_, &intended_, &residence_}) h->take_pages();
    steps_.take_pages();
  }
  /// One frame received at `rx_ns` (CLOCK_REALTIME).
  void see(std::span<const std::byte> frame, std::uint64_t rx_ns) noexcept;
  /// The same for a probe of this flow, as complete() (wire/probe.h) gives it. `interval`, if not null, also
  /// gets its times. Gives the latency, ns; nothing for a copy, and for a probe that has no latency.
  std::optional<std::uint64_t> take(const Probe& probe, std::uint64_t rx_ns,
                                    FlowInterval* interval = nullptr) noexcept;
  [[nodiscard]] std::uint16_t flow() const noexcept { return flow_; }

  /// Adds what another queue received of the flow, or another flow's packets. For results only. Order and
  /// jitter are those of each queue and flow by itself; the jitter becomes the mean over packets.
  void merge(const RxAccount& other);

  [[nodiscard]] const SequenceTracker& sequences() const noexcept { return tracker_; }
  /// How many numbers there are up to the largest seen, whether their packets came or not.
  [[nodiscard]] std::uint64_t passed() const noexcept { return tracker_.next_expected() - first_; }
  /// Times from the actual departure, ns.
  [[nodiscard]] const HdrHistogram& latency() const noexcept { return latency_; }
  /// Times from the planned departure, ns. They include the packet's wait in the sender.
  [[nodiscard]] const HdrHistogram& latency_intended() const noexcept { return intended_; }
  /// Arrivals whose planned departure was no longer known (more than LatenessBoard::kEntries packets old).
  [[nodiscard]] std::uint64_t plan_unknown() const noexcept { return plan_unknown_; }
  /// How long a reflector kept each probe that it sent back, ns.
  [[nodiscard]] const HdrHistogram& residence() const noexcept { return residence_; }
  /// Reflected probes whose residence is longer than a probe can hold (kLongestResidenceNs). They count as
  /// received but have no latency.
  [[nodiscard]] std::uint64_t residence_unknown() const noexcept { return residence_unknown_; }
  /// Departure of the first packet after the last gap in the numbers, in ns after the departure of the first
  /// packet that arrived; nothing while no number was skipped. A packet that is overtaken makes a gap as
  /// well.
  [[nodiscard]] std::optional<std::uint64_t> last_gap_ns() const noexcept {
    return last_gap_tx_ns_ == 0 ? std::nullopt : std::optional(last_gap_tx_ns_ - first_tx_ns_);
  }
  /// The longest time between two successive arrivals, ns; 0 with fewer than two.
  [[nodiscard]] std::uint64_t longest_silence_ns() const noexcept { return longest_silence_ns_; }
  /// RFC 3550 section 6.4.1, ns.
  [[nodiscard]] double jitter_ns() const noexcept { return jitter_.ns(); }
  /// The latency's changes from one packet to the next, ns.
  [[nodiscard]] const DelaySteps& steps() const noexcept { return steps_; }
  /// Frames without a probe of this flow.
  [[nodiscard]] std::uint64_t foreign() const noexcept { return foreign_; }
  /// Arrivals before their own departure: the clocks disagree. They count as received and have no latency.
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
