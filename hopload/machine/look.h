// Snapshots of what the machine has done: counters of the kernel and, if there are any, of the hardware, and
// sensors. Reads /proc, /sys and counters.h's counters. One owner thread. Includes base.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hopload/machine/counters.h"
#include "hopload/machine/sensors.h"

namespace hopcost::hopload {

/// One snapshot. CPU times are those of all CPUs together, in steps of 10 ms.
struct Look {
  std::int64_t at_ns = 0;  ///< CLOCK_MONOTONIC.
  double user_s = 0, system_s = 0, softirq_s = 0, interrupt_s = 0;
  std::uint64_t interrupts = 0, net_softirqs = 0;  ///< net_softirqs: receive and transmit.
  double available_mb = 0;
  double runnable = 0;  ///< Threads that run or wait for a CPU.
  Sensors::Reading sensors;
  Counts all;        ///< Of everything that runs.
  Counts container;  ///< Of the cgroup that is counted.
};

/// The open counters and sensors.
class Machine {
 public:
  /// Opens all counters and sensors that there are; missing() names the others.
  [[nodiscard]] static Machine open();
  /// From now on also counts the cgroup at folder `cgroup`, in place of an earlier one; "": none. If that
  /// fails, missing() says why.
  void count(const std::string& cgroup);
  /// Takes a snapshot; some 100 us.
  [[nodiscard]] Look look();
  /// Which counters and sensors are missing and why; empty: none.
  [[nodiscard]] std::string missing() const;

 private:
  Counters all_;
  std::optional<Counters> container_;
  std::string cgroup_, no_container_;  // the cgroup's folder; why it is not counted
  Sensors sensors_;
};

}  // namespace hopcost::hopload
