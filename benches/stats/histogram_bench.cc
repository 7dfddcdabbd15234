// What it costs to record a value, to account a sequence number, and to encode a histogram.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

#include "stats/hdr_codec.h"
#include "stats/sequence_tracker.h"

namespace hopcost {
namespace {

// Typical latencies: lognormal around 400 ns with a tail to about 100 us.
std::vector<std::uint64_t> latencies() {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency(std::log(400.0), 1.0);
  std::vector<std::uint64_t> values(1 << 16);
  for (std::uint64_t& v : values) v = static_cast<std::uint64_t>(latency(random));
  return values;
}

void record(benchmark::State& state) {
  const auto values = latencies();
  HdrHistogram histogram;
  for (auto _ : state)
    for (std::uint64_t v : values) histogram.record(v);
  benchmark::DoNotOptimize(histogram.count());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(values.size()));
  state.counters["s_per_value"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(values.size()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(record);

// The same value each time, so every increment waits for the one before.
void record_one_value(benchmark::State& state) {
  HdrHistogram histogram;
  std::uint64_t value = 350;
  for (auto _ : state) {
    benchmark::DoNotOptimize(value);
    histogram.record(value);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(record_one_value);

void record_interval_of_all_magnitudes(benchmark::State& state) {
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> values(1 << 16);
  for (std::uint64_t& v : values)
    v = std::min<std::uint64_t>(random() >> (27 + random() % 37), 100'000'000'000);
  HdrHistogram histogram;
  for (auto _ : state)
    for (std::uint64_t v : values) histogram.record(v);
  benchmark::DoNotOptimize(histogram.count());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(values.size()));
}
BENCHMARK(record_interval_of_all_magnitudes);

void track_sequence(benchmark::State& state) {
  SequenceTracker tracker;
  std::uint64_t sequence = 0;
  for (auto _ : state) benchmark::DoNotOptimize(tracker.see(sequence++));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(track_sequence);

void encode(benchmark::State& state) {
  HdrHistogram histogram;
  for (std::uint64_t v : latencies()) histogram.record(v);
  for (auto _ : state) benchmark::DoNotOptimize(encode_base64(histogram));
}
BENCHMARK(encode);

void decode(benchmark::State& state) {
  HdrHistogram histogram;
  for (std::uint64_t v : latencies()) histogram.record(v);
  const std::string text = encode_base64(histogram);
  for (auto _ : state) benchmark::DoNotOptimize(decode_base64(text).has_value());
}
BENCHMARK(decode);

}  // namespace
}  // namespace hopcost
