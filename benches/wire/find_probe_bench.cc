// Finding the probe in a received frame: what the analyzer pays per packet and tap.
#include <benchmark/benchmark.h>

#include "tests/wire/frames.h"
#include "wire/find_probe.h"

namespace hopcost {
namespace {

void find(benchmark::State& state, const FrameSpec& spec) {
  auto t = FrameTemplate::make(spec, 9000).value();
  std::vector<std::byte> frame(t.bytes().begin(), t.bytes().end());
  for (auto _ : state) {
    benchmark::DoNotOptimize(frame.data());
    benchmark::ClobberMemory();
    benchmark::DoNotOptimize(find_probe(frame));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(find, ipv4_64, spec_v4(64));
BENCHMARK_CAPTURE(find, ipv6_128, spec_v6(128));

}  // namespace
}  // namespace hopcost
