// What happened since the last look: per interval, and summed up for the end. Used by the stand-alone program
// alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/latency_stats.h"
#include "analyzer/path.h"
#include "stats/hdr_log.h"

namespace hopcost::analyzer {

/// Moves the path's latencies interval by interval into totals. The counters of the correlator run on.
class Intervals {
 public:
  explicit Intervals(std::size_t taps) : since_tx_(taps), hops_(taps - 1) {}

  /// A line per hop that saw packets, for people: count, p50, p99, max.
  [[nodiscard]] static std::vector<std::string> lines(Path& path, double elapsed_s);

  /// One histogram per hop ("FROM-TO") and one for the last tap since transmission ("tx-LAST"), with its tag.
  /// Figures that the stamps forbid are left out.
  [[nodiscard]] static Result<void> log(HlogWriter& writer, Path& path, double start_s, double end_s);

  /// Adds the interval to the totals and empties it.
  void roll(Correlator& correlator);
  /// Puts the totals back where the interval was, for the final report.
  void restore(Correlator& correlator);

 private:
  std::vector<LatencyStats> since_tx_, hops_;
  std::vector<std::uint64_t> stale_ = std::vector<std::uint64_t>(hops_.size());
};

}  // namespace hopcost::analyzer
