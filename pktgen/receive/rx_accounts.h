// What came back of all flows of a run, each found by its probes' flow id. see() is the hot path. One owner
// thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "pktgen/pace/live_buckets.h"
#include "pktgen/receive/rx_account.h"

namespace hopcost::pktgen {

/// What others may read of a flow while it is received. Written by the receiving thread alone.
struct LiveFlow {
  std::atomic<std::uint64_t> received{0};  ///< Different packets.
  LiveBuckets latency;                     ///< From the actual departure.
};

class RxAccounts {
 public:
  /// Of different flows, at least one.
  explicit RxAccounts(std::vector<RxAccount> accounts);

  /// Of the first kFlowsWithPages flows: no packet waits for a page then. A copy has none of them.
  void take_pages() noexcept;
  /// Probes sent before this (CLOCK_REALTIME, ns) are of an earlier run: foreign.
  void ignore_before(std::uint64_t tx_ns) noexcept { since_ns_ = tx_ns; }
  /// One for each account, kept up to date from now on; they must outlive the last see().
  void publish(std::span<LiveFlow> flows) noexcept { live_ = flows; }
  /// Adds what another queue received of the same flows.
  void merge(const RxAccounts& other);

  /// One frame received at `rx_ns` (CLOCK_REALTIME).
  void see(std::span<const std::byte> frame, std::uint64_t rx_ns) noexcept;

  /// Times go to this one's intervals as well, of the same flows in the same order; null: nowhere else.
  void set_recorder(IntervalRecorder* recorder) noexcept { recorder_ = recorder; }

  /// As they were given.
  [[nodiscard]] const std::vector<RxAccount>& all() const noexcept { return accounts_; }
  /// Different packets of all flows.
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  /// Frames without a probe of any of the flows.
  [[nodiscard]] std::uint64_t foreign() const noexcept { return foreign_; }

 private:
  std::vector<RxAccount> accounts_;
  IntervalRecorder* recorder_ = nullptr;
  std::vector<std::uint32_t> of_flow_;  // index, by flow id; accounts_.size(): none
  std::span<LiveFlow> live_;            // empty: nobody watches
  std::uint64_t received_ = 0, foreign_ = 0, since_ns_ = 0;
};

}  // namespace hopcost::pktgen
