// The line a person watches while a run lasts; nothing without a terminal. Owns a thread.
#pragma once

#include <atomic>
#include <thread>

#include "pktgen/rx_worker.h"
#include "pktgen/send_loop.h"

namespace hopcost::pktgen {

class LiveLine {
 public:
  /// Once a second on standard error, from `progress` and `rx` (may be null), which must outlive it. When
  /// `enabled` is false or standard error is no terminal, it does nothing.
  LiveLine(bool enabled, const Progress& progress, const RxWorker* rx);
  ~LiveLine();  ///< Wipes the line.

 private:
  void work(const Progress& progress, const RxWorker* rx);
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace hopcost::pktgen
