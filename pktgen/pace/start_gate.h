// Where the workers of a run wait for each other, so that all begin at the same instant. Set-up only. Any
// thread.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/result.h"

namespace hopcost::pktgen {

class StartGate {
 public:
  /// The run begins `lead_ticks` after the last arrival, so that the other workers can wake up, and not
  /// before tick `earliest` of the CPU counter.
  StartGate(std::size_t workers, std::uint64_t lead_ticks, std::uint64_t earliest = 0)
      : missing_(workers), lead_(lead_ticks), earliest_(earliest) {}

  /// Waits for all workers. Gives the tick of the CPU counter at which the run begins; nothing when a worker
  /// gave up.
  [[nodiscard]] std::optional<std::uint64_t> arrive() {
    std::unique_lock lock(mutex_);
    if (--missing_ == 0) {
      begin_ = std::max(Tsc::now().ticks + lead_, earliest_);
      all_.notify_all();
    }
    all_.wait(lock, [this] { return missing_ == 0 || why_; });
    if (why_) return std::nullopt;
    return begin_;
  }
  /// Called by a worker that can't begin, in place of arrive() or after it. Wakes the others.
  void give_up(const Error& why) {
    const std::lock_guard lock(mutex_);
    if (!why_) why_ = why;
    all_.notify_all();
  }
  /// The error of the first worker that gave up.
  [[nodiscard]] std::optional<Error> why() {
    const std::lock_guard lock(mutex_);
    return why_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  std::size_t missing_;
  std::uint64_t lead_, earliest_, begin_ = 0;
  std::optional<Error> why_;
};

}  // namespace hopcost::pktgen
