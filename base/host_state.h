// What the host did during a measurement: diagnostics, not latencies.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>

namespace hopcost {

/// A snapshot; the difference of two shows what happened in between.
struct HostState {
  std::uint64_t steal_ns = 0;          ///< /proc/stat steal (10 ms steps).
  std::uint64_t softnet_dropped = 0;   ///< /proc/net/softnet_stat column 2.
  std::uint64_t softnet_squeezed = 0;  ///< column 3.
  std::int64_t clock_offset_ns = 0;    ///< CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW; a step moves it.
  std::uint64_t monotonic_ns = 0;      ///< CLOCK_MONOTONIC_RAW at the snapshot.

  /// Steal and softnet counts of `cpu`; of all CPUs together with -1; 0 for a CPU that is not there.
  [[nodiscard]] static HostState now(int cpu = -1);
};

/// Steal ticks (10 ms) of a CPU, or of all with -1, in text of /proc/stat.
[[nodiscard]] std::uint64_t steal_ticks(std::istream& stat, int cpu);
/// Packets dropped because a CPU's backlog was full, and how often its budget ran out
/// (Documentation/networking/scaling.rst).
struct SoftnetCounts {
  std::uint64_t dropped = 0, squeezed = 0;
};
/// As steal_ticks(), in text of /proc/net/softnet_stat.
[[nodiscard]] SoftnetCounts softnet_counts(std::istream& softnet, int cpu);

/// {"steal_ns", "softnet_dropped", "softnet_squeezed", "clock_step_ns", "elapsed_ns"} from `before` to
/// `after`.
[[nodiscard]] nlohmann::json host_delta(const HostState& before, const HostState& after);

}  // namespace hopcost
