// What the host did while packets were measured: the inputs of the void gates, none of them latency.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace hopcost {

/// A snapshot; differences between two of them say what happened in between.
struct HostState {
  std::uint64_t steal_ns = 0;          ///< /proc/stat steal of all CPUs (10 ms steps).
  std::uint64_t softnet_dropped = 0;   ///< /proc/net/softnet_stat column 2, all CPUs.
  std::uint64_t softnet_squeezed = 0;  ///< column 3.
  std::int64_t clock_offset_ns = 0;    ///< CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW; a step moves it.
  std::uint64_t monotonic_ns = 0;      ///< CLOCK_MONOTONIC_RAW at the snapshot.

  [[nodiscard]] static HostState now();
};

/// {"steal_ns", "softnet_dropped", "softnet_squeezed", "clock_step_ns", "elapsed_ns"} from `before` to
/// `after`.
[[nodiscard]] nlohmann::json host_delta(const HostState& before, const HostState& after);

}  // namespace hopcost
