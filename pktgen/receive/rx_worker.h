// The receiving threads, one per queue. Each polls a port's receiving half during a run and a little longer.
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
  std::uint64_t drops = 0;  ///< Frames the kernel dropped because the ring was full.
  int port_errno = 0;       ///< Why receiving ended early; 0: it did not.
  const char* stamp = "";   ///< Where rx times come from: "kernel", "hardware" or "user".
};

/// Owns the thread. The port, and the board that the accounts read, must outlive it; no other thread may
/// receive from the port.
class RxWorker {
 public:
  /// Starts to receive. `cpu` -1: any. The port must have been opened to receive. `capture`: also gets each
  /// frame; null: none. `watched`: whether flows() is kept up to date. `recorder`: also gets the times,
  /// interval by interval; null: none. Both must outlive the worker.
  RxWorker(AnyPort& port, RxAccounts accounts, const TscClock& clock, int cpu, RxCapture* capture = nullptr,
           bool watched = false, IntervalRecorder* recorder = nullptr);
  ~RxWorker();

  /// Stops receiving and gives what was counted. Call once.
  [[nodiscard]] RxResult finish();
  /// One for each account, in their order; empty when not watched.
  [[nodiscard]] std::span<const LiveFlow> flows() const noexcept { return flows_; }
  /// Packets received so far, without copies. Any thread.
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

/// The workers of all queues at which a run receives.
class RxWorkers {
 public:
  /// Adds a worker. Only before the run.
  void add(std::unique_ptr<RxWorker> worker) { workers_.push_back(std::move(worker)); }
  [[nodiscard]] bool empty() const noexcept { return workers_.empty(); }
  /// Removes the workers of an earlier run, whose live counts remained readable after finish().
  void clear() noexcept { workers_.clear(); }
  /// Waits until `sent` packets have come in or `linger` has passed, then stops all workers and merges their
  /// results; nothing without workers. Call once. The live counts stay as they were at the end.
  [[nodiscard]] std::optional<RxResult> finish(std::uint64_t sent, std::chrono::milliseconds linger);
  /// Packets received so far by all workers, without copies.
  [[nodiscard]] std::uint64_t received() const noexcept;
  /// The same of each worker, in the order they were added.
  [[nodiscard]] std::vector<std::uint64_t> received_by_each() const;
  /// The same of each of `flows` flows; only when watched.
  [[nodiscard]] std::vector<std::uint64_t> received_by_flow(std::size_t flows) const;
  /// Calls f(worker, index of the flow, its latencies) for each flow of each worker; only when watched.
  template <class F>
  void for_each_latency(F&& f) const {
    for (std::size_t w = 0; w < workers_.size(); ++w)
      for (std::size_t i = 0; i < workers_[w]->flows().size(); ++i) f(w, i, workers_[w]->flows()[i].latency);
  }

 private:
  std::vector<std::unique_ptr<RxWorker>> workers_;
};

}  // namespace hopcost::pktgen
