// All that a frame costs once it is out of the ring: the probe is found and accounted at three taps.
#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "analyzer/correlate/correlator.h"
#include "wire/find_probe.h"

namespace hopcost::analyzer {
namespace {

constexpr std::uint64_t kFound = 4000;
constexpr unsigned kTaps = 3;
constexpr std::uint64_t kFirstTx = 1'700'000'000'000'000'000;
using Frame = std::array<std::byte, 60>;

Frame udp_frame() {
  Frame f{};
  f[12] = std::byte{0x08};
  f[14] = std::byte{0x45};
  f[17] = std::byte{46};
  f[23] = std::byte{17};
  f[39] = std::byte{26};
  return f;
}

void BM_FindAndCorrelatePerFrame(benchmark::State& state) {
  Correlator c(kTaps, {.window = 65536, .max_flows = 1});
  c.expect(7, {});
  std::vector<Frame> frames(kFound, udp_frame());
  std::uint64_t first = 0, packets = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (std::uint64_t i = 0; i < kFound; ++i) {
      store_probe(std::span<std::byte, kProbeBytes>(frames[i].data() + 42, kProbeBytes),
                  {7, first + i, kFirstTx + i});
    }
    state.ResumeTiming();
    for (unsigned tap = 0; tap < kTaps; ++tap) {
      for (std::uint64_t i = 0; i < kFound; ++i) {
        const auto found = find_probe(frames[i]);
        if (found) c.probe(tap, found->probe, kFirstTx + i + 330 * (tap + 1), StampKind::kTap);
      }
    }
    first += kFound;
    packets += kFound * kTaps;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(packets));
  state.counters["per_frame"] = benchmark::Counter(static_cast<double>(packets),
                                                   benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_FindAndCorrelatePerFrame);

}  // namespace
}  // namespace hopcost::analyzer
