// The kernel's and the CPUs' counters of all CPUs together (perf_event_open(2)): of whatever works there, or
// of one cgroup alone. One owner thread at a time. Includes base.
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
  kL1Misses,   ///< Loads that the first level of the data cache has not.
  kLlcMisses,  ///< Of the last level.
  kContextSwitches,
  kMigrations,
  kPageFaults,
  kCpuTime,  ///< Nanoseconds on a CPU; of a cgroup alone.
  kEvents
};
inline constexpr std::size_t kEvents = static_cast<std::size_t>(Event::kEvents);

/// "cycles", "branch_misses".
[[nodiscard]] const char* name_of(Event event) noexcept;

/// By event; nothing where it is not counted. Scaled up where the CPU counted it part of the time.
using Counts = std::array<std::optional<double>, kEvents>;

class Counters {
 public:
  /// Opens what counters there are; the others are named in missing().
  [[nodiscard]] static Counters of_all();
  /// Of what works in a cgroup (version 2), `folder`, from now on. Softirqs count that interrupt it. What
  /// `all` lacks is not tried again. Errors: open(2)'s of the folder.
  [[nodiscard]] static Result<Counters> of_cgroup(const std::string& folder, const Counters& all);
  /// Counts since they were opened: a system call a counter and CPU.
  [[nodiscard]] Counts read() const;
  /// Why which counters are missing, or empty.
  [[nodiscard]] const std::string& missing() const noexcept { return missing_; }

 private:
  void open(Event event, int cgroup);
  std::array<std::vector<Fd>, kEvents> fds_;  // by event and CPU
  std::string missing_;
};

}  // namespace hopcost::hopload
