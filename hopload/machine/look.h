// What the machine has done until now: counters of the kernel and, where there are any, of the CPUs, and
// sensors. Reads /proc and /sys, and what counters.h counts. One owner thread. Includes base.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hopload/machine/counters.h"
#include "hopload/machine/sensors.h"

namespace hopcost::hopload {

/// One look. CPU times are of all CPUs, in steps of 10 ms.
struct Look {
  std::int64_t at_ns = 0;  ///< CLOCK_MONOTONIC.
  double user_s = 0, system_s = 0, softirq_s = 0, interrupt_s = 0;
  std::uint64_t interrupts = 0, net_softirqs = 0;  ///< The latter: receive and transmit.
  double available_mb = 0;
  double runnable = 0;  ///< Threads that run, or wait for a CPU.
  Sensors::Reading sensors;
  Counts all;        ///< Of whatever works on the CPUs.
  Counts container;  ///< Of what works in the cgroup that is counted.
};

/// The counters that are open.
class Machine {
 public:
  /// Opens what counters there are; the others are named in missing().
  [[nodiscard]] static Machine open();
  /// Counts the cgroup of that folder too from now on, in place of another; "": none. Why that can't be is in
  /// missing().
  void count(const std::string& cgroup);
  /// Some 100 us.
  [[nodiscard]] Look look();
  /// Why which counters are missing, or empty.
  [[nodiscard]] std::string missing() const;

 private:
  Counters all_;
  std::optional<Counters> container_;
  std::string cgroup_, no_container_;  // its folder; why it is not counted
  Sensors sensors_;
};

}  // namespace hopcost::hopload
