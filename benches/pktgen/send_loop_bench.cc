// The whole sending loop on the null backend: every frame numbered, stamped and checksummed, one clock
// reading a batch. Goal: 60 million packets a second on one core (16.7 ns each).
#include <benchmark/benchmark.h>

#include "pktgen/io/null/null_port.h"
#include "pktgen/send/run.h"
#include "tests/pktgen/one_lane.h"
#include "tests/wire/frames.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint64_t kPlainPackets = 1'000'000;

struct Bench {
  TscClock clock = TscClock::calibrate().value();
  TscRunClock run_clock{clock};
  TemplateSource source;
  NullTx port;
  Progress progress;
  SendJob job{.count = kPlainPackets,
              .ticks = ~std::uint64_t{0},
              .near = clock.ticks_in(2000),
              .stall = clock.ticks_in(1e9),
              .progress = progress};

  explicit Bench(std::uint32_t size) : source(FrameTemplate::make(spec_v4(size), 9000).value()) {
    (void)port.prepare(source.first_frame());
  }
};

void null_flat_out(benchmark::State& state) {
  Bench b(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) {
    SendCount c;
    if (flat_out_one(b.port, b.source, b.job, b.run_clock, c) != SendEnd::kDone)
      state.SkipWithError("the loop did not end");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPlainPackets));
}
BENCHMARK(null_flat_out)->Arg(64)->Arg(65)->Arg(1518)->Unit(benchmark::kMillisecond);

// The paced loop at a rate nobody can keep: each departure is late, audited and stamped on its own.
void null_paced_always_late(benchmark::State& state) {
  Bench b(64);
  Audit audit(b.clock.ticks_per_ns(), 1);
  for (auto _ : state) {
    SendCount c;
    (void)pace_one(b.port, b.source, b.job, b.run_clock, DeparturePlan(Gap::kJittered, 1, 1), audit, c);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPlainPackets));
}
BENCHMARK(null_paced_always_late)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hopcost::pktgen
