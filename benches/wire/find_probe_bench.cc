// Finds the probe in a received frame, which the analyzer does for each packet and tap.
#include <benchmark/benchmark.h>

#include <string>

#include "tests/wire/encapsulated_frames.h"
#include "tests/wire/frames.h"
#include "wire/find_probe.h"

namespace hopcost {
namespace {

void find_in(benchmark::State& state, std::vector<std::byte> frame) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(frame.data());
    benchmark::ClobberMemory();
    benchmark::DoNotOptimize(find_probe(frame));
  }
  state.SetItemsProcessed(state.iterations());
}
void find(benchmark::State& state, const FrameSpec& spec) {
  const auto t = FrameTemplate::make(spec, 9000).value();
  find_in(state, {t.bytes().begin(), t.bytes().end()});
}
BENCHMARK_CAPTURE(find, ipv4_64, spec_v4(64));
BENCHMARK_CAPTURE(find, ipv6_128, spec_v6(128));

void find_encapsulated(benchmark::State& state, const std::string& name) {
  for (const auto& f : encapsulated_frames())
    if (f.name == name) find_in(state, f.bytes);
}
BENCHMARK_CAPTURE(find_encapsulated, qinq, "qinq");
BENCHMARK_CAPTURE(find_encapsulated, vxlan, "vxlan");
BENCHMARK_CAPTURE(find_encapsulated, three_labels, "three labels");

void find_none(benchmark::State& state) {
  auto frame = encapsulated_frames().front().bytes;
  frame[frame.size() - kProbeBytes] = std::byte{0};
  find_in(state, std::move(frame));
}
BENCHMARK(find_none);

}  // namespace
}  // namespace hopcost
