// Captures in memory: a million packets of 64 bytes are written once, then read again and again from the page
// cache.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "wire/pcap_reader.h"
#include "wire/pcapng_writer.h"

namespace hopcost {
namespace {

constexpr std::int64_t kPackets = 1'000'000;

std::string capture_path() {
  return std::filesystem::temp_directory_path() / ("hopcost-bench-" + std::to_string(getpid()) + ".pcapng");
}

void write_capture(const std::string& path) {
  auto writer = PcapngWriter::create(path, "bench").value();
  writer.add_interface("x");
  const std::vector<std::byte> frame(60);
  for (std::int64_t i = 0; i < kPackets; ++i) writer.write(0, frame, static_cast<std::uint64_t>(i));
  (void)writer.flush();
}

void pcapng_write(benchmark::State& state) {
  for (auto _ : state) write_capture("/dev/null");
  state.SetItemsProcessed(state.iterations() * kPackets);
}
BENCHMARK(pcapng_write)->Unit(benchmark::kMillisecond);

void pcapng_read(benchmark::State& state) {
  const std::string path = capture_path();
  write_capture(path);
  for (auto _ : state) {
    auto reader = PcapReader::open(path).value();
    PcapPacket p;
    std::int64_t n = 0;
    while (reader.next(p) == PcapReader::Next::kPacket) ++n;
    if (n != kPackets) state.SkipWithError("packets are missing");
  }
  state.SetItemsProcessed(state.iterations() * kPackets);
  std::filesystem::remove(path);
}
BENCHMARK(pcapng_read)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hopcost
