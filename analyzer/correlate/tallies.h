// What a correlator or a matcher has counted up to a moment, as plain data. The difference of two of them is
// what happened in between. Counts only grow, so each reader (interval lines, the live view) keeps an earlier
// one of its own.
#pragma once

#include <vector>

#include "analyzer/correlate/correlator.h"

namespace hopcost::analyzer {

struct Tallies {
  std::vector<TapTally> taps;
  std::vector<HopTally> hops;  ///< One fewer than taps.

  /// A copy of all counters and histograms of a correlator or a matcher; only the pages in use are copied.
  template <class C>
  [[nodiscard]] static Tallies of(const C& counted) {
    Tallies t;
    for (std::size_t i = 0; i < counted.tap_count(); ++i) t.taps.push_back(counted.tap(i));
    for (std::size_t i = 0; i + 1 < counted.tap_count(); ++i) t.hops.push_back(counted.hop(i));
    return t;
  }
  /// All counts 0, for `taps` taps.
  [[nodiscard]] static Tallies none(std::size_t taps);
  /// Counted since `before`, an earlier state of the same slot.
  [[nodiscard]] Tallies since(const Tallies& before) const;
};

/// What was recorded since `before`.
[[nodiscard]] LatencyStats since(const LatencyStats& now, const LatencyStats& before);

/// Times of the hop's probes that stayed on one CPU; empty when the CPU of any probe is not known.
[[nodiscard]] LatencyStats same_cpu(const HopTally& hop);

/// Cuts what a correlator counts into intervals. One owner thread.
class Intervals {
 public:
  /// The first interval begins with the slot.
  explicit Intervals(std::size_t taps) : before_(Tallies::none(taps)) {}
  /// What was counted since the last call, or since the slot began. `now` is all that was counted until now.
  [[nodiscard]] Tallies next(Tallies now);

 private:
  Tallies before_;
};

}  // namespace hopcost::analyzer
