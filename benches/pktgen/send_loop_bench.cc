// The whole sending loop on the null backend: every frame is numbered, stamped and checksummed, and the clock
// is read once a batch. Goal: 60 million packets a second on one core (16.7 ns each).
#include <benchmark/benchmark.h>

#include <deque>

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

// The paced loop at an impossible rate: each departure is late, audited and stamped on its own.
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

// The same with a board, as when a receiving thread asks how late packets left, against without: a hundredth
// of the packets at a time in turn. "ratio" is the time with the board over the time without.
void null_board_over_none(benchmark::State& state) {
  Bench b(64);
  b.job.count = kPlainPackets / 100;
  Audit audit(b.clock.ticks_per_ns(), 1);
  LatenessBoard board;
  std::uint64_t first = 0;
  const auto ticks = [&](LatenessBoard* on) {
    const std::uint64_t begin = Tsc::now().ticks;
    SendCount c;
    (void)pace_one(b.port, b.source, b.job, b.run_clock, DeparturePlan(Gap::kJittered, 1, 1), audit, c,
                   {.first_sequence = first}, on);
    return Tsc::now().ticks - begin;
  };
  std::uint64_t with = 0, without = 0;
  for (auto _ : state) {
    for (int i = 0; i < 100; ++i) {
      with += ticks(&board);
      without += ticks(nullptr);
      first += b.job.count;
    }
  }
  state.counters["ratio"] = static_cast<double>(with) / static_cast<double>(without);
}
BENCHMARK(null_board_over_none)->Unit(benchmark::kMillisecond);

/// Lanes with a port and a frame each. One thread sends them in the order of a `T`.
template <class T>
struct LanesBench {
  using E = LentFrames<NullTx, TemplateSource, TscRunClock>;
  Bench& thread;
  std::deque<Bench> benches;
  std::deque<LaneCount> counts;
  std::deque<PortShare> shares;
  std::vector<E> emitters;
  std::vector<LaneRecord> records;
  SendCount run;
  Audit audit;

  LanesBench(Bench& on, std::size_t lanes) : thread(on), audit(on.clock.ticks_per_ns(), 1) {
    for (std::size_t i = 0; i < lanes; ++i) {
      Bench& b = benches.emplace_back(64);
      emitters.emplace_back(b.port, b.source, counts.emplace_back(), on.job, on.run_clock, run);
      records.push_back({.count = &counts.back(), .port = &shares.emplace_back(PortShare{.lanes = 1})});
    }
  }
  /// Gives the ticks that it took.
  std::uint64_t pace(T turns) {
    const std::uint64_t begin = Tsc::now().ticks;
    run = {};
    LanesHand<E, T, TscRunClock> hand({.emitters = emitters,
                                       .records = records,
                                       .job = thread.job,
                                       .run = run,
                                       .clock = thread.run_clock,
                                       .audit = audit},
                                      std::move(turns));
    const DeparturePlan plan(Gap::kJittered, 1, 1);
    (void)pktgen::pace(hand, thread.job, thread.run_clock, plan, audit, run);
    return Tsc::now().ticks - begin;
  }
};

// Eight lanes in trains of 16 against one lane: a hundredth of the packets at a time in turn, so that both
// meet the same CPU. "ratio" is the lanes' time over the one's. Goal: at most 1.1, with departures that cost
// next to nothing (the port is null).
void null_lanes_over_one(benchmark::State& state) {
  const std::size_t kLanes = static_cast<std::size_t>(state.range(0));
  Bench b(64);
  b.job.count = kPlainPackets / 100;
  LanesBench<OneLane> one(b, 1);
  LanesBench<Turns> many(b, kLanes);
  std::uint64_t one_ticks = 0, many_ticks = 0;
  for (auto _ : state) {
    for (int i = 0; i < 100; ++i) {
      one_ticks += one.pace({});
      many_ticks += many.pace(Turns(kLanes, {}));
    }
  }
  state.counters["ratio"] = static_cast<double>(many_ticks) / static_cast<double>(one_ticks);
}
BENCHMARK(null_lanes_over_one)->Arg(3)->Arg(8)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hopcost::pktgen
