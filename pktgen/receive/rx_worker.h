// The receiving threads, one a queue: each polls a port's receiving half while a run lasts and a little
// longer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "pktgen/io/any_port.h"
#include "pktgen/receive/rx_accounts.h"
#include "pktgen/receive/rx_capture.h"

namespace hopcost::pktgen {

/// What a receiving thread counted.
struct RxResult {
  RxAccounts accounts;
  std::uint64_t drops = 0;  ///< By the kernel, for a full ring.
  int port_errno = 0;       ///< Why receiving ended before it was to; 0: it did not.
  const char* stamp = "";   ///< Where rx times come from: "kernel", "hardware" or "user".
};

/// Owns the thread. The port, and the board the accounts read, must outlive it; nobody else receives from the
/// port.
class RxWorker {
 public:
  /// `cpu` -1: anywhere. The port must have been opened to receive.
  /// `capture`: where each frame is offered as well, or null. `watched`: flows() is kept up to date.
  /// `recorder`: where times go as well, interval by interval, or null; it must outlive it.
  RxWorker(AnyPort& port, RxAccounts accounts, const TscClock& clock, int cpu, RxCapture* capture = nullptr,
           bool watched = false, IntervalRecorder* recorder = nullptr);
  ~RxWorker();

  /// Ends. Call once.
  [[nodiscard]] RxResult finish();
  /// One for each account, in order; empty when not watched.
  [[nodiscard]] std::span<const LiveFlow> flows() const noexcept { return flows_; }
  /// Different packets received so far; for the live line.
  [[nodiscard]] std::uint64_t received() const noexcept { return received_.load(std::memory_order_relaxed); }

 private:
  template <class P>
  void work(P& rx, int cpu) noexcept;

  std::vector<LiveFlow> flows_;
  RxResult result_;
  TscClock clock_;
  RxCapture* capture_;
  IntervalRecorder* recorder_;
  std::atomic<std::uint64_t> received_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// The workers of all queues that a run receives at, as one.
class RxWorkers {
 public:
  /// Before the run.
  void add(std::unique_ptr<RxWorker> worker) { workers_.push_back(std::move(worker)); }
  [[nodiscard]] bool empty() const noexcept { return workers_.empty(); }
  /// Removes the workers of an earlier run, of which finish() has left the live counts.
  void clear() noexcept { workers_.clear(); }
  /// Goes on until `sent` packets came in or `linger` has passed, then ends; nothing without workers. Call
  /// once. What is counted live stays as it was at the end.
  [[nodiscard]] std::optional<RxResult> finish(std::uint64_t sent, std::chrono::milliseconds linger);
  /// Different packets received so far, by all; of each.
  [[nodiscard]] std::uint64_t received() const noexcept;
  /// The same of each worker, in the order they were added.
  [[nodiscard]] std::vector<std::uint64_t> received_by_each() const;
  /// Of `flows` flows, when watched.
  [[nodiscard]] std::vector<std::uint64_t> received_by_flow(std::size_t flows) const;
  /// f(worker, place of the flow, its latencies), when watched.
  template <class F>
  void for_each_latency(F&& f) const {
    for (std::size_t w = 0; w < workers_.size(); ++w)
      for (std::size_t i = 0; i < workers_[w]->flows().size(); ++i) f(w, i, workers_[w]->flows()[i].latency);
  }

 private:
  std::vector<std::unique_ptr<RxWorker>> workers_;
};

}  // namespace hopcost::pktgen
