// Numbers and stamps a frame in place, checksum included, which pktgen does for each packet.
#include <benchmark/benchmark.h>

#include "tests/wire/frames.h"

namespace hopcost {
namespace {

void stamp(benchmark::State& state, const FrameSpec& spec) {
  const auto t = FrameTemplate::make(spec, 9000).value();
  std::vector<std::byte> frame(t.bytes().begin(), t.bytes().end());
  std::uint64_t n = 0;
  for (auto _ : state) {
    t.stamp(frame.data(), n, 1'800'000'000'000'000'000 + n);
    ++n;
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(stamp, ipv4_64, spec_v4(64));
BENCHMARK_CAPTURE(stamp, ipv4_65_odd, spec_v4(65));
BENCHMARK_CAPTURE(stamp, ipv6_1518, spec_v6(1518));

// The same from scratch: the whole datagram is summed again.
void sum_again(benchmark::State& state) {
  const auto t = FrameTemplate::make(spec_v4(static_cast<std::uint32_t>(state.range(0))), 9000).value();
  for (auto _ : state) benchmark::DoNotOptimize(udp_checksum_of(ones_sum(t.bytes().subspan(34))));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(sum_again)->Arg(64)->Arg(1518);

}  // namespace
}  // namespace hopcost
