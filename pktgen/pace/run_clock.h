// The clock that paces a run, as the send loops see it. One owner thread.
#pragma once

#include <concepts>
#include <cstdint>

#include "base/clock.h"
#include "base/cpu_speed.h"

namespace hopcost::pktgen {

/// What a sending loop counts time by: the CPU's counter, or a fake one in tests.
template <class C>
concept RunClock = requires(C c, std::uint64_t ticks) {
  { c.now() }
  noexcept->std::same_as<std::uint64_t>;  // ticks
  { c.to_ns(ticks) }
  noexcept->std::same_as<std::uint64_t>;  // CLOCK_REALTIME
  { c.relax() }
  noexcept;  // one turn of a long wait
  { c.keep_fit(ticks, ticks) }
  noexcept;  // (now, idle ticks ahead): what is done in idle moments
};

/// The CPU's counter. keep_fit() takes a new anchor every 5 ms when 20 us are to spare, else every 100 ms.
/// With 5 us to spare it also samples the CPU's speed.
class TscRunClock {
 public:
  /// `clock` outlives it. Until then only this thread may use `clock`.
  explicit TscRunClock(TscClock& clock) noexcept
      : clock_(clock),
        due_(clock.ticks_in(5e6)),
        overdue_(clock.ticks_in(100e6)),
        spare_(clock.ticks_in(20e3)),
        spare_for_speed_(clock.ticks_in(5e3)),
        anchored_(now()) {}

  [[nodiscard]] std::uint64_t now() const noexcept { return Tsc::now().ticks; }
  [[nodiscard]] std::uint64_t to_ns(std::uint64_t ticks) const noexcept { return clock_.to_ns(Tsc{ticks}); }
  void relax() const noexcept { cpu_relax(); }
  void keep_fit(std::uint64_t now, std::uint64_t idle) noexcept {
    if (idle >= spare_for_speed_) speed_.sample();
    const std::uint64_t age = now - anchored_;
    if (age < due_ || (idle < spare_ && age < overdue_)) return;
    clock_.anchor();
    anchored_ = now;
  }

  [[nodiscard]] const CpuSpeed& speed() const noexcept { return speed_; }

 private:
  TscClock& clock_;
  std::uint64_t due_, overdue_, spare_, spare_for_speed_, anchored_;
  CpuSpeed speed_;
};

}  // namespace hopcost::pktgen
