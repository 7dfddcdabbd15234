// Writes what came back of each flow into an HdrHistogram interval log during a run. Owns a thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "pktgen/receive/latency_feed.h"
#include "stats/hdr_log.h"

namespace hopcost::pktgen {

/// Writes, each interval, a line for every flow and kind that has times, tagged KIND.FLOW: "rtt.1" or
/// "one-way.1" (net of residence), "planned.1" (the same from the planned departure), "residence.1". Times in
/// ns.
class LatencyLog {
 public:
  /// Creates or empties the file. Errors: the system's, naming the file.
  [[nodiscard]] static Result<std::unique_ptr<LatencyLog>> create(const std::string& path);
  ~LatencyLog();

  /// Begins to write; `feed` must last until end_run(). `kind` is "rtt" or "one-way".
  void start(LatencyFeed& feed, std::string kind, std::uint64_t interval_ns);
  /// Writes the last interval and stops. Call when all receiving threads have ended. start() may follow.
  void end_run();
  /// The first error of writing, if there was one.
  [[nodiscard]] const Result<void>& written() const noexcept { return written_; }

 private:
  explicit LatencyLog(HlogWriter writer) : writer_(std::move(writer)) {}
  void work(std::uint64_t interval_ns);
  void write_interval();
  void write(const char* kind, const FlowInterval& flow, const HdrHistogram& histogram, double end_s);
  void stop();

  HlogWriter writer_;
  LatencyFeed* feed_ = nullptr;
  std::size_t subscriber_ = 0;
  std::string kind_;
  double since_s_ = 0;
  Result<void> written_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace hopcost::pktgen
