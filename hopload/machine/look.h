// What the machine has done until now: counters of the kernel and, where there are any, of the CPUs, and
// sensors. Reads /proc and /sys, and asks perf_event_open(2). One owner thread. Includes base.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "hopload/machine/sensors.h"

namespace hopcost::hopload {

/// Events of all CPUs together.
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
  kEvents
};
inline constexpr std::size_t kEvents = static_cast<std::size_t>(Event::kEvents);

/// One look. CPU times are of all CPUs, in steps of 10 ms.
struct Look {
  std::int64_t at_ns = 0;  ///< CLOCK_MONOTONIC.
  double user_s = 0, system_s = 0, softirq_s = 0, interrupt_s = 0;
  std::uint64_t interrupts = 0, net_softirqs = 0;  ///< The latter: receive and transmit.
  double available_mb = 0;
  double runnable = 0;  ///< Threads that run, or wait for a CPU.
  Sensors::Reading sensors;
  std::array<std::optional<double>, kEvents>
      events;  ///< Scaled up where the CPU counted them part of the time.
};

/// The counters that are open.
class Machine {
 public:
  /// Opens what counters there are; the others are named in missing().
  [[nodiscard]] static Machine open();
  /// Some 100 us.
  [[nodiscard]] Look look();
  /// Why which counters are missing, or empty.
  [[nodiscard]] const std::string& missing() const noexcept { return missing_; }

 private:
  std::array<std::vector<Fd>, kEvents> fds_;  // by event and CPU
  Sensors sensors_;
  std::string missing_;
};

/// "cycles", "branch_misses".
[[nodiscard]] const char* name_of(Event event) noexcept;

}  // namespace hopcost::hopload
