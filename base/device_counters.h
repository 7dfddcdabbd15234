// A device's packet counters, from /proc/net/dev of its namespace. For set-up and once per job. Includes only
// base/.
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
    std::uint64_t received = 0;        ///< Packets received.
    std::uint64_t received_bytes = 0;  ///< Bytes of their frames, without FCS.
    std::uint64_t packets = 0;         ///< Transmitted.
    std::uint64_t bytes = 0;           ///< Transmitted.
    std::uint64_t dropped = 0;         ///< Packets not transmitted: "drop" and "errs".
    bool there = false;                ///< Whether the device exists.
  };
  /// For a device of the named namespace, or of the calling thread's (""). read() works from any namespace.
  /// Errors: of NetnsScope::enter() and open(2).
  [[nodiscard]] static Result<DeviceCounters> open(std::string device, const std::string& netns = "");
  /// When the device is gone, all counts are 0 and `there` is false.
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
