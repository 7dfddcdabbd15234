// The clock of a NIC that stamps the frames it receives, on the time line of CLOCK_REALTIME. One owner
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "pktgen/io/device_clock.h"

namespace hopcost::pktgen {

class HardwareClock {
 public:
  /// Of a device of the calling thread's namespace. Nothing unless it stamps all it receives already
  /// (hwstamp_ctl -i DEVICE -r 1; it is not switched on here, for others may rely on how it is) and its clock
  /// (/dev/ptpN) can be read. Takes a tenth of a second then, to know the clock's rate.
  [[nodiscard]] static std::optional<HardwareClock> open(const std::string& device);

  /// Now and then, from idle moments: one reading of both clocks, some microseconds.
  void follow() noexcept;
  /// CLOCK_REALTIME at a stamp of the device; 0 for 0, which is none.
  [[nodiscard]] std::uint64_t to_ns(std::uint64_t stamp) const noexcept {
    return stamp == 0 ? 0 : clock_.to_ns(stamp);
  }

 private:
  explicit HardwareClock(Fd ptp) : ptp_(std::move(ptp)) {}
  Fd ptp_;
  DeviceClock clock_;
};

}  // namespace hopcost::pktgen
