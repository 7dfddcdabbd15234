// Where the workers of a run meet, so that they begin at one instant. Set-up: waits. Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/result.h"

namespace hopcost::pktgen {

class StartGate {
 public:
  /// `lead_ticks` from the last arrival to the beginning: what the others take to wake up.
  StartGate(std::size_t workers, std::uint64_t lead_ticks) : missing_(workers), lead_(lead_ticks) {}

  /// Waits for all. When the run begins, in ticks of the CPU counter; nothing when one gave up.
  [[nodiscard]] std::optional<std::uint64_t> arrive() {
    std::unique_lock lock(mutex_);
    if (--missing_ == 0) {
      begin_ = Tsc::now().ticks + lead_;
      all_.notify_all();
    }
    all_.wait(lock, [this] { return missing_ == 0 || why_; });
    if (why_) return std::nullopt;
    return begin_;
  }
  /// By a worker that can't begin, in place of arrive(), or after it.
  void give_up(const Error& why) {
    const std::lock_guard lock(mutex_);
    if (!why_) why_ = why;
    all_.notify_all();
  }
  /// Of the first that gave up.
  [[nodiscard]] std::optional<Error> why() {
    const std::lock_guard lock(mutex_);
    return why_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  std::size_t missing_;
  std::uint64_t lead_, begin_ = 0;
  std::optional<Error> why_;
};

}  // namespace hopcost::pktgen
