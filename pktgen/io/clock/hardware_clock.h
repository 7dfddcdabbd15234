// The clock of a NIC that stamps frames, on the time line of CLOCK_REALTIME. One owner thread.
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
  /// Which frames the NIC is to stamp.
  enum class Stamps { kReceived, kSent };
  /// The clock of a device of the calling thread's namespace. Nothing unless the device already stamps all it
  /// receives, or what it sends, and its clock (/dev/ptpN) can be read. Stamping is not switched on here,
  /// because others may rely on how it is (hwstamp_ctl -i DEVICE -r 1 -t 1). Takes a tenth of a second, to
  /// learn the clock's rate.
  [[nodiscard]] static std::optional<HardwareClock> open(const std::string& device, Stamps stamps);
  /// Any clock of the kernel's, as if it were a NIC's. Nothing when it can't be read.
  [[nodiscard]] static std::optional<HardwareClock> of(clockid_t clock);

  /// Now and then, from idle moments: one reading of both clocks, some microseconds.
  void follow() noexcept { clock_.follow(reader()); }
  /// As above, if the last reading was long ago by `now` (CLOCK_REALTIME, ns).
  void follow_when_due(std::uint64_t now) noexcept { clock_.follow_when_due(now, reader()); }
  /// CLOCK_REALTIME at a stamp of the device; 0 for 0, which is none, and for one of another clock.
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
