// What the correlator costs per packet and tap. Argument: taps. Taps are fed as rings are drained, in turn
// and a batch each; 4000 packets are what a tap gathers between two readings at 1 Mpps.
#include <benchmark/benchmark.h>

#include "analyzer/correlate/correlator.h"

namespace hopcost::analyzer {
namespace {

constexpr std::uint64_t kBatch = 4000;
constexpr std::uint64_t kStart = 1'700'000'000'000'000'000;

template <class EachSequence>
void feed(Correlator& c, unsigned taps, std::uint64_t first, EachSequence&& passes) {
  for (unsigned tap = 0; tap < taps; ++tap) {
    for (std::uint64_t s = first; s < first + kBatch; ++s) {
      if (!passes(tap, s)) continue;
      const std::uint64_t tx = kStart + 1000 * s;
      c.probe(tap, {7, s, tx}, tx + 330 * (tap + 1) + (s * 2654435761u >> 20 & 127), StampKind::kTap);
    }
  }
}

void report(benchmark::State& state, std::uint64_t packets) {
  state.SetItemsProcessed(static_cast<std::int64_t>(packets));
  state.counters["per_packet"] = benchmark::Counter(
      static_cast<double>(packets), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_CorrelatorPerPacket(benchmark::State& state) {
  const auto taps = static_cast<unsigned>(state.range(0));
  Correlator c(taps, {.window = 65536, .max_flows = 1});
  c.expect(7, {});
  std::uint64_t first = 0, packets = 0;
  for (auto _ : state) {
    feed(c, taps, first, [](unsigned, std::uint64_t) { return true; });
    first += kBatch;
    packets += kBatch * taps;
  }
  report(state, packets);
}
BENCHMARK(BM_CorrelatorPerPacket)->Arg(1)->Arg(2)->Arg(3)->Arg(5);

/// One packet in 100 is lost before the last tap. Its place in the table stays taken until it is given up.
void BM_CorrelatorWithLoss(benchmark::State& state) {
  const auto taps = static_cast<unsigned>(state.range(0));
  Correlator c(taps, {.window = 65536, .max_flows = 1});
  c.expect(7, {});
  std::uint64_t first = 0, packets = 0;
  for (auto _ : state) {
    feed(c, taps, first, [taps](unsigned tap, std::uint64_t s) { return tap + 1 < taps || s % 100 != 0; });
    first += kBatch;
    packets += kBatch * taps;
  }
  report(state, packets);
}
BENCHMARK(BM_CorrelatorWithLoss)->Arg(3);

/// Begins a slot and ends it, which happens between slots.
void BM_ExpectAndClose(benchmark::State& state) {
  Correlator c(3, {.window = 65536, .max_flows = 1});
  for (auto _ : state) {
    c.expect(7, {});
    c.close();
  }
}
BENCHMARK(BM_ExpectAndClose)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hopcost::analyzer
