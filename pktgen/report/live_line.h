// The line a person watches while a run lasts; nothing without a terminal. Owns a thread.
#pragma once

#include <atomic>
#include <thread>

#include "pktgen/receive/rx_worker.h"
#include "pktgen/send/send_worker.h"

namespace hopcost::pktgen {

class LiveLine {
 public:
  /// Once a second on standard error, of all workers, which must outlive it. When
  /// `enabled` is false or standard error is no terminal, it does nothing.
  LiveLine(bool enabled, const SendWorkers& senders, const RxWorkers& receivers, LatencyFeed* feed);
  ~LiveLine();  ///< Wipes the line.

 private:
  void work(const SendWorkers& senders, const RxWorkers& receivers, LatencyFeed* feed);
  std::size_t subscriber_ = 0;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace hopcost::pktgen
