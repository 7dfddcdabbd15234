// How finely this host's clock counts, and how far apart the clocks of its CPUs can be: measured, not
// assumed. Set-up only: it keeps two CPUs busy for some milliseconds. Includes only base/.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace hopcost {

/// How far a second CPU's CLOCK_MONOTONIC may be ahead of a first one's, ns: the truth lies between the two
/// bounds.
struct CpuOffset {
  std::int64_t lo = 0, hi = 0;
  /// The furthest the two can be apart.
  [[nodiscard]] double bound_ns() const noexcept { return static_cast<double>(hi > -lo ? hi : -lo); }
};

/// What look_at_clocks() found.
struct ClockFacts {
  double step_ns = 1;  ///< In which the counter under the clock moves.
  /// No two of the CPUs compared are further apart. Nothing where there was nothing to compare, or no CPU was
  /// free.
  std::optional<double> cpu_bound_ns;
  unsigned cpus = 1;  ///< Compared, the first one included.
};

/// Bounds by messages to and fro between threads on both CPUs. A message is sent at t1, taken at t2 of the
/// other clock and answered by t3: so the other clock is ahead by t2 - t3 to t2 - t1. Nothing when the two
/// CPUs can't be had at one time within 200 ms: then the bounds tell how long a thread waited for its CPU.
[[nodiscard]] std::optional<CpuOffset> compare_cpu_clocks(int first, int second);

/// The step, and `first`'s clock against that of each other CPU this host runs (16 at most).
[[nodiscard]] ClockFacts look_at_clocks(int first);

/// The step of a counter, in ticks, from differences of its readings above 0. All of them are near whole
/// multiples of the step, which is not a whole number where the counter is scaled. 1 when no step is found.
[[nodiscard]] double step_of(const std::vector<double>& differences);

/// No two of several CPUs can be further apart than this, when each is at most `bounds` from one of them.
[[nodiscard]] double widest_apart(std::vector<double> bounds);

}  // namespace hopcost
