#include "analyzer/correlate/tallies.h"

namespace hopcost::analyzer {

Tallies Tallies::none(std::size_t taps) {
  return {std::vector<TapTally>(taps), std::vector<HopTally>(taps - 1)};
}

LatencyStats since(const LatencyStats& now, const LatencyStats& before) {
  LatencyStats d;
  d.histogram = now.histogram.less(before.histogram);
  d.sum_ns = now.sum_ns - before.sum_ns;
  d.negative = now.negative - before.negative;
  d.zero = now.zero - before.zero;
  d.out_of_range = now.out_of_range - before.out_of_range;
  return d;
}

LatencyStats same_cpu(const HopTally& hop) {
  return hop.cpu_unknown == 0 ? since(hop.latency, hop.cross_cpu) : LatencyStats();
}

Tallies Tallies::since(const Tallies& before) const {
  Tallies d = none(taps.size());
  for (std::size_t i = 0; i < taps.size(); ++i) {
    const TapTally &now = taps[i], &old = before.taps[i];
    d.taps[i].seen = now.seen - old.seen;
    d.taps[i].duplicates = now.duplicates - old.duplicates;
    d.taps[i].reordered = now.reordered - old.reordered;
    d.taps[i].ambiguous = now.ambiguous - old.ambiguous;
    for (std::size_t k = 0; k < kStampKinds; ++k) d.taps[i].stamp[k] = now.stamp[k] - old.stamp[k];
    d.taps[i].cross_cpu = now.cross_cpu - old.cross_cpu;
    d.taps[i].cpu_unknown = now.cpu_unknown - old.cpu_unknown;
    d.taps[i].since_tx = analyzer::since(now.since_tx, old.since_tx);
  }
  for (std::size_t i = 0; i < hops.size(); ++i) {
    d.hops[i].cross_cpu = analyzer::since(hops[i].cross_cpu, before.hops[i].cross_cpu);
    d.hops[i].cpu_unknown = hops[i].cpu_unknown - before.hops[i].cpu_unknown;
    d.hops[i].stale = hops[i].stale - before.hops[i].stale;
    d.hops[i].lost = hops[i].lost - before.hops[i].lost;
    d.hops[i].appeared = hops[i].appeared - before.hops[i].appeared;
    d.hops[i].latency = analyzer::since(hops[i].latency, before.hops[i].latency);
  }
  return d;
}

Tallies Intervals::next(Tallies now) {
  Tallies passed = now.since(before_);
  before_ = std::move(now);
  return passed;
}

}  // namespace hopcost::analyzer
