// The kernel's and the hardware's counters, summed over all CPUs (perf_event_open(2)): of everything that
// runs, or of one cgroup. One owner thread at a time. Includes base.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::hopload {

/// What is counted.
enum class Event : std::size_t {
  kCycles,
  kInstructions,
  kBranches,
  kBranchMisses,
  kL1Misses,   ///< Loads that miss the first-level data cache.
  kLlcMisses,  ///< Misses of the last-level cache.
  kContextSwitches,
  kMigrations,
  kPageFaults,
  kCpuTime,  ///< Nanoseconds on a CPU; only for a cgroup.
  kEvents
};
inline constexpr std::size_t kEvents = static_cast<std::size_t>(Event::kEvents);

/// "cycles", "branch_misses".
[[nodiscard]] const char* name_of(Event event) noexcept;

/// By event; nothing if an event is not counted. Scaled up if the hardware counted it only part of the time.
using Counts = std::array<std::optional<double>, kEvents>;

class Counters {
 public:
  /// Opens the counters of everything that runs; missing() names those that can't be had.
  [[nodiscard]] static Counters of_all();
  /// Opens the counters of the cgroup (version 2) at `folder`. Softirqs that interrupt its processes are
  /// counted with them. Counters that `all` lacks are not tried again. Errors: open(2)'s of the folder.
  [[nodiscard]] static Result<Counters> of_cgroup(const std::string& folder, const Counters& all);
  /// Counts since the counters were opened. Takes one system call per counter and CPU.
  [[nodiscard]] Counts read() const;
  /// Which counters are missing and why; empty: none.
  [[nodiscard]] const std::string& missing() const noexcept { return missing_; }

 private:
  void open(Event event, int cgroup);
  std::array<std::vector<Fd>, kEvents> fds_;  // by event and CPU
  std::string missing_;
};

}  // namespace hopcost::hopload
