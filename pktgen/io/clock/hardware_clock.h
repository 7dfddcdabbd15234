// Converts the stamps of a NIC's clock (PTP) to CLOCK_REALTIME. One owner thread.
#pragma once

#include <time.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "pktgen/io/clock/followed_clock.h"

namespace hopcost::pktgen {

class HardwareClock {
  [[nodiscard]] auto reader() const noexcept {
    return [id = id_](std::uint64_t& ns) noexcept { return (ns = kernel_clock_ns(id)) != 0; };
  }

 public:
  /// Which frames the NIC must stamp.
  enum class Stamps { kReceived, kSent };
  /// The clock of a device of the calling thread's namespace. Nothing unless the device already stamps these
  /// frames (kReceived: all of them) and its clock (/dev/ptpN) can be read. Stamping is not switched on here,
  /// because other programs may rely on the setting (to do so: hwstamp_ctl -i DEVICE -r 1 -t 1). Takes a
  /// tenth of a second to learn the clock's rate.
  [[nodiscard]] static std::optional<HardwareClock> open(const std::string& device, Stamps stamps);
  /// Takes any kernel clock as if it were a NIC's. Nothing when it can't be read.
  [[nodiscard]] static std::optional<HardwareClock> of(clockid_t clock);

  /// Takes one reading of both clocks, some microseconds. Call now and then in idle moments.
  void follow() noexcept { clock_.follow(reader()); }
  /// The same, if the last reading is more than a tenth of a second from `now` (CLOCK_REALTIME, ns).
  void follow_when_due(std::uint64_t now) noexcept { clock_.follow_when_due(now, reader()); }
  /// CLOCK_REALTIME at a stamp of the device; 0 for no stamp (0) and for another clock's.
  [[nodiscard]] std::uint64_t to_ns(std::uint64_t stamp) const noexcept {
    return stamp == 0 ? 0 : clock_.to_ns(stamp);
  }

 private:
  HardwareClock(Fd ptp, clockid_t clock) : ptp_(std::move(ptp)), id_(clock) {}
  [[nodiscard]] bool learn() { return clock_.learn(reader()); }

  Fd ptp_;
  clockid_t id_;
  FollowedClock clock_;
};

}  // namespace hopcost::pktgen
