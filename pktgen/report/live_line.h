// The line that a person watches during a run; nothing without a terminal. Owns a thread.
#pragma once

#include <atomic>
#include <thread>

#include "pktgen/receive/rx_worker.h"
#include "pktgen/send/send_worker.h"

namespace hopcost::pktgen {

class LiveLine {
 public:
  /// Redraws the line on standard error once a second, for all workers. They, and `feed`, which may be null,
  /// must outlive it. Does nothing when `enabled` is false or standard error is no terminal.
  LiveLine(bool enabled, const SendWorkers& senders, const RxWorkers& receivers, LatencyFeed* feed);
  ~LiveLine();  ///< Wipes the line.

 private:
  void work(const SendWorkers& senders, const RxWorkers& receivers, LatencyFeed* feed);
  std::size_t subscriber_ = 0;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace hopcost::pktgen
