// What came back of all flows of a run. A packet's flow is found by its probe's flow id. see() is the hot
// path. One owner thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "pktgen/pace/live_buckets.h"
#include "pktgen/receive/rx_account.h"

namespace hopcost::pktgen {

/// What other threads may read of a flow during a run. Only the receiving thread writes it.
struct LiveFlow {
  std::atomic<std::uint64_t> received{0};  ///< Packets received, without copies.
  LiveBuckets latency;                     ///< Times from the actual departure.
};

class RxAccounts {
 public:
  /// At least one account, each of another flow.
  explicit RxAccounts(std::vector<RxAccount> accounts);

  /// Takes the memory of the first kFlowsWithPages flows now, so that their packets wait for no page. A copy
  /// of this object does not inherit it.
  void take_pages() noexcept;
  /// Probes sent before `tx_ns` (CLOCK_REALTIME) are of an earlier run and count as foreign.
  void ignore_before(std::uint64_t tx_ns) noexcept { since_ns_ = tx_ns; }
  /// Keeps `flows`, one for each account, up to date from now on. They must outlive the last see().
  void publish(std::span<LiveFlow> flows) noexcept { live_ = flows; }
  /// Adds what another queue received of the same flows.
  void merge(const RxAccounts& other);

  /// One frame received at `rx_ns` (CLOCK_REALTIME).
  void see(std::span<const std::byte> frame, std::uint64_t rx_ns) noexcept;

  /// Times also go to this recorder, which has the same flows in the same order; null: to none.
  void set_recorder(IntervalRecorder* recorder) noexcept { recorder_ = recorder; }

  /// The accounts, in the order given.
  [[nodiscard]] const std::vector<RxAccount>& all() const noexcept { return accounts_; }
  /// Packets received of all flows, without copies.
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
