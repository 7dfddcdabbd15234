// Measures the step of this host's clock, and how far apart the clocks of its CPUs can be. Set-up only: it
// keeps two CPUs busy for some milliseconds. Includes only base/.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace hopcost {

/// Bounds, in ns, of how far a second CPU's CLOCK_MONOTONIC is ahead of a first one's.
struct CpuOffset {
  std::int64_t lo = 0, hi = 0;
  /// The largest distance that the two clocks can have.
  [[nodiscard]] double bound_ns() const noexcept { return static_cast<double>(hi > -lo ? hi : -lo); }
};

/// What look_at_clocks() found.
struct ClockFacts {
  double step_ns = 1;  ///< The step in which the counter under the clock moves.
  /// No two clocks of the compared CPUs are further apart. Nothing with one CPU alone, or when no CPU was
  /// free.
  std::optional<double> cpu_bound_ns;
  unsigned cpus = 1;  ///< CPUs compared, the first one included.
};

/// Finds the bounds by messages back and forth between threads on both CPUs. A message sent at t1 is taken at
/// t2 of the other clock, and its answer is there at t3: so the other clock is ahead by t2 - t3 to t2 - t1.
/// Nothing when both CPUs could not be had at the same time within 200 ms: the bounds would only tell how
/// long a thread waited for its CPU.
[[nodiscard]] std::optional<CpuOffset> compare_cpu_clocks(int first, int second);

/// Finds the step, and compares the clock of CPU `first` with those of the other CPUs (16 at most).
[[nodiscard]] ClockFacts look_at_clocks(int first);

/// The step of a counter, in ticks, from differences of its readings above 0. All of them are near multiples
/// of the step, which need not be a whole number: the counter may be scaled. 1 when no step is found.
[[nodiscard]] double step_of(const std::vector<double>& differences);

/// The largest distance between any two CPUs' clocks, when `bounds` are each one's largest distance from one
/// common CPU. The sum of the two largest.
[[nodiscard]] double widest_apart(std::vector<double> bounds);

}  // namespace hopcost
