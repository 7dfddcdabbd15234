// What a profile costs a packet before it reaches a port: the null backend's loop with frames that differ.
#include <benchmark/benchmark.h>

#include "pktgen/io/null/null_port.h"
#include "pktgen/send/run.h"
#include "pktgen/source/profile/load.h"
#include "tests/pktgen/one_lane.h"
#include "tests/wire/frames.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint64_t kPackets = 200'000;
constexpr const char* kFourFields =
    "eth/ipv4(src=198.18.0.1..198.18.0.254,dst=198.19.0.1..198.19.255.254)/"
    "udp(src_port=~1024..65535,dst_port=1000..1999) size=imix";

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
BENCHMARK_CAPTURE(profile_flat_out, imix_4_fields, kFourFields)->Unit(benchmark::kMillisecond);

/// Departures of one frame each, as in a paced run, but without waits.
template <class S>
class Alone {
 public:
  Alone(S source, TscRunClock& clock) : source_(std::move(source)), clock_(clock) {
    (void)port_.prepare(source_.first_frame());
  }
  /// Gives the ticks that it took.
  std::uint64_t depart(int times) {
    const std::uint64_t begin = Tsc::now().ticks;
    for (int i = 0; i < times; ++i) {
      emitter_.get_ready(1);
      (void)emitter_.give(1, begin);
    }
    return Tsc::now().ticks - begin;
  }

 private:
  S source_;
  NullTx port_;
  TscRunClock& clock_;
  Progress progress_;
  const SendJob job_{.progress = progress_};
  LaneCount lane_;
  SendCount run_;
  LentFrames<NullTx, S, TscRunClock> emitter_{port_, source_, lane_, job_, clock_, run_};
};

// A profile's frame made alone, against a fixed one: a few of each in turn, so that both meet the same CPU.
void profile_alone_over_fixed(benchmark::State& state) {
  TscClock clock = TscClock::calibrate().value();
  TscRunClock run_clock{clock};
  const ProfileContext context{.dst_mac = MacAddress{}, .src_mac = MacAddress{}};
  Alone profile(ProfileSource::make(load_profile(kFourFields).value(), context).value(), run_clock);
  Alone fixed(TemplateSource(FrameTemplate::make(spec_v4(362), 9000).value()), run_clock);
  std::uint64_t of_profile = 0, of_fixed = 0;
  for (auto _ : state) {
    for (int i = 0; i < 100; ++i) {
      of_profile += profile.depart(500);
      of_fixed += fixed.depart(500);
    }
  }
  state.counters["ratio"] = static_cast<double>(of_profile) / static_cast<double>(of_fixed);
  state.counters["profile_ns"] = static_cast<double>(of_profile) /
                                 static_cast<double>(state.iterations() * 50'000) / clock.ticks_per_ns();
}
BENCHMARK(profile_alone_over_fixed)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hopcost::pktgen
