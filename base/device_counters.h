// A device's own packet counters, read through /proc/net/dev of the namespace it was opened in. Set-up and
// once a job. Includes only base/.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

class DeviceCounters {
 public:
  /// The counters since the device was made.
  struct Reading {
    std::uint64_t received = 0;        ///< Packets.
    std::uint64_t received_bytes = 0;  ///< Of their frames, without FCS.
    std::uint64_t packets = 0;         ///< Transmitted.
    std::uint64_t bytes = 0;           ///< Transmitted.
    std::uint64_t dropped = 0;         ///< Of those to be transmitted: "drop" and "errs".
    bool there = false;                ///< The device is.
  };
  /// For a device of a named namespace, or of the calling thread's (""); reads work from anywhere. Errors: of
  /// NetnsScope::enter() and open(2).
  [[nodiscard]] static Result<DeviceCounters> open(std::string device, const std::string& netns = "");
  /// All 0, and not `there`, when the device is gone.
  [[nodiscard]] Reading read() const noexcept;

 private:
  DeviceCounters(std::string device, Fd file) : device_(std::move(device)), file_(std::move(file)) {}
  std::string device_;
  Fd file_;
};

/// The line about `device` of /proc/net/dev's text (net/core/net-procfs.c).
[[nodiscard]] DeviceCounters::Reading parse_device_counters(const std::string& text,
                                                            const std::string& device);

}  // namespace hopcost
