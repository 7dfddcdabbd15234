#include "analyzer/watch/memory_share.h"

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <fstream>

#include "stats/hdr_histogram.h"
#include "stats/sequence_tracker.h"

namespace hopcost::analyzer {
namespace {

constexpr std::size_t kKiB = 1024, kMiB = kKiB * kKiB;
/// Set aside for what comes later: code that has not run yet, opening taps, writing the results.
constexpr std::size_t kToCome = 2 * kMiB;
constexpr std::size_t kFewestFlows = 4, kMostFlows = 64;
constexpr std::size_t kSmallestWindow = 1024, kUsualWindow = std::size_t{1} << 16;
constexpr std::size_t kTrackerBytes = SequenceTracker::kDefaultWindow / 8;
constexpr std::size_t kRingStep = 64 * kKiB;

std::size_t rounded_up(std::size_t bytes, std::size_t step) {
  return (bytes + step - 1) / step * step;
}

/// Every tap and every hop has a histogram, and three more when intervals are reported.
std::size_t histogram_bytes(const Config& c) {
  const bool may_be_live = c.live.value_or(!c.json && !c.quiet);
  const std::size_t copies = c.interval || !c.hdr_log.empty() || may_be_live ? 4 : 1;
  return (2 * c.taps.size() - 1) * copies * rounded_up(HdrHistogram().layout().array_length * 8, 4 * kKiB);
}

/// Bytes that a probe takes in the tables of the correlator or the matcher.
std::size_t bytes_per_probe(const Config& c) {
  return (c.match == Match::kProbe ? 16 : 96) + 8 * c.taps.size();
}

}  // namespace

Result<void> share_memory(Config& config, const MemoryWishes& wishes, std::size_t resident) {
  const std::size_t taps = std::max<std::size_t>(config.taps.size(), 1);
  if (wishes.ring_bytes) config.tap_options.ring_bytes = *wishes.ring_bytes;
  if (wishes.window) config.window = *wishes.window;
  const std::size_t fixed = rounded_up(resident, kMiB) + kToCome + histogram_bytes(config) +
                            (wishes.window ? *wishes.window * bytes_per_probe(config) : 0);
  const std::size_t least = fixed +
                            taps * ((wishes.ring_bytes ? 0 : kMinRingBytes) + kFewestFlows * kTrackerBytes) +
                            (wishes.window ? 0 : kSmallestWindow * bytes_per_probe(config));
  if (wishes.memory && *wishes.memory < least) {
    return error(Exit::kUsage, fmt::format("--memory: {} taps need at least {} KiB", taps, least / kKiB),
                 "leave out a tap, --live, --interval or --hdr-log, or give more");
  }
  std::size_t left = std::max(wishes.memory.value_or(kDefaultMemory), least) - fixed;
  if (!wishes.ring_bytes) {
    const std::size_t ring =
        std::clamp(left / 2 / taps / kRingStep * kRingStep, kMinRingBytes, config.tap_options.ring_bytes);
    config.tap_options.ring_bytes = ring;
    left -= std::min(left, ring * taps);
  }
  config.tap_options.lean = wishes.memory.has_value() || wishes.ring_bytes.has_value();
  config.max_flows = std::clamp(left / 3 / (taps * kTrackerBytes), kFewestFlows, kMostFlows);
  left -= std::min(left, config.max_flows * taps * kTrackerBytes);
  if (!wishes.window)
    config.window = std::clamp(std::bit_floor(left / bytes_per_probe(config)), kSmallestWindow, kUsualWindow);
  return {};
}

std::size_t control_ring_bytes(std::uint64_t machine_bytes) {
  constexpr std::uint64_t kLittle = std::uint64_t{1} << 30;
  return machine_bytes < kLittle ? kSmallControlRingBytes : kControlRingBytes;
}

std::uint64_t machine_bytes() {
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  if (!(statm >> all >> resident)) return 0;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

void keep_heap_small() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 128 * kKiB);  // otherwise glibc raises it with the first histogram that is freed
}

void trim_heap() {
  malloc_trim(0);
}

}  // namespace hopcost::analyzer
