// How many of the frames that a device took were dropped by it later; these do not count as sent. For set-up
// and the end of a run; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/device_counters.h"

namespace hopcost::pktgen {

/// There is one for each device, shared by all ports on it: each frame that the device dropped is charged to
/// one port. A device does not say whose frame it dropped. So other programs' drops are charged too, but no
/// more than the frames that the device was given and did not send.
class DeviceLoss {
 public:
  /// A port's counts since its begin().
  struct Share {
    std::uint64_t taken = 0;     ///< Frames the device took from it.
    std::uint64_t refusals = 0;  ///< Drops that the kernel reported at once; the device counts them too.
    std::uint64_t lost = 0;      ///< Frames charged to the port.
  };

  /// For a device of the calling thread's namespace. Without /proc nothing is ever lost.
  [[nodiscard]] static std::shared_ptr<DeviceLoss> open(const std::string& device);

  /// Begins a run. No port of the device may have sent for it yet.
  void begin(Share& share) noexcept;
  /// The device's count of dropped frames, whoever sent them; 0 where it can't be read.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return counters_ ? counters_->read().dropped : 0; }
  /// How many of the `taken` frames of the run were lost, by the device's counters. With `faulty` (the link
  /// has a fault) every frame that the device did not count as sent is lost, because without a carrier nobody
  /// counts drops. Takes up to 20 ms when frames are missing, since a device may count what it sent a little
  /// later.
  [[nodiscard]] std::uint64_t lost(Share& share, std::uint64_t taken, std::uint64_t refusals,
                                   bool faulty) noexcept;

 private:
  explicit DeviceLoss(std::optional<DeviceCounters> counters) : counters_(std::move(counters)) {}
  /// Frames that were taken and not sent, and that are neither charged nor refused.
  [[nodiscard]] std::uint64_t missing(bool faulty) const noexcept;

  std::optional<DeviceCounters> counters_;
  std::mutex mutex_;
  DeviceCounters::Reading before_;
  Share all_;
};

}  // namespace hopcost::pktgen
