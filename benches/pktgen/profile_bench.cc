// What a profile costs a packet before any port: the null backend's loop with frames that differ.
#include <benchmark/benchmark.h>

#include "pktgen/io/null/null_port.h"
#include "pktgen/send/run.h"
#include "pktgen/source/profile/load.h"
#include "tests/pktgen/one_lane.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint64_t kPackets = 200'000;

void profile_flat_out(benchmark::State& state, const char* text) {
  const auto profile = load_profile(text).value();
  auto source = ProfileSource::make(profile, {.dst_mac = MacAddress{}, .src_mac = MacAddress{}}).value();
  TscClock clock = TscClock::calibrate().value();
  TscRunClock run_clock{clock};
  NullTx port;
  (void)port.prepare(source.first_frame());
  Progress progress;
  const SendJob job{.count = kPackets,
                    .ticks = ~std::uint64_t{0},
                    .near = 0,
                    .stall = ~std::uint64_t{0},
                    .progress = progress};
  for (auto _ : state) {
    SendCount c;
    if (flat_out_one(port, source, job, run_clock, c) != SendEnd::kDone)
      state.SkipWithError("the loop did not end");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPackets));
}
BENCHMARK_CAPTURE(profile_flat_out, fixed_64, "eth/ipv4/udp")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(profile_flat_out, imix, "eth/ipv4/udp size=imix")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(profile_flat_out, imix_4_fields,
                  "eth/ipv4(src=198.18.0.1..198.18.0.254,dst=198.19.0.1..198.19.255.254)/"
                  "udp(src_port=~1024..65535,dst_port=1000..1999) size=imix")
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hopcost::pktgen
