// Counters for scripts during a run: a JSON line each interval. Owns a thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <thread>

#include "pktgen/receive/rx_worker.h"
#include "pktgen/send/send_worker.h"

namespace hopcost::pktgen {

class StatsLines {
 public:
  /// {"elapsed_ns", "sent", "bytes", "pps", "wire_bits_per_s", "workers":[{"sent", "bytes"}][, "received",
  /// "missing", "rx_workers":[{"received"}]]}: totals since the start, rates over the last interval.
  /// "missing" packets were sent and not received so far: lost, or on their way. `interval_ns` 0: no lines.
  /// With a `feed` (it may be null) also "flows": interval_json() of each. `out`, the workers and `feed` must
  /// outlive it.
  StatsLines(std::FILE* out, std::uint64_t interval_ns, const SendWorkers& senders,
             const RxWorkers& receivers, LatencyFeed* feed);
  ~StatsLines();

 private:
  void work(std::uint64_t interval_ns, const SendWorkers& senders, const RxWorkers& receivers,
            LatencyFeed* feed);
  std::FILE* out_;
  std::size_t subscriber_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace hopcost::pktgen
