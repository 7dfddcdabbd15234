// A kernel device's own counters of frames, in whatever namespace it is. Once a trial. Includes base.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::campaign {

/// Since the device was made.
struct FrameCounts {
  std::uint64_t in = 0, out = 0;
};

/// The line about `device` of /proc/net/dev's text (net/core/net-procfs.c); 0 where there is none.
[[nodiscard]] FrameCounts parse_frame_counts(const std::string& text, const std::string& device);

class PortCounters {
 public:
  /// Errors: those of open_netns().
  [[nodiscard]] static Result<PortCounters> open(const std::string& netns, const std::string& device);
  /// Of a pktgen port spec, BACKEND:DEVICE[@NETNS][,option...]. Errors: kMissing where it is no kernel device
  /// by name.
  [[nodiscard]] static Result<PortCounters> of_spec(const std::string& spec);
  /// As they are now; 0 when the device is gone.
  [[nodiscard]] FrameCounts read() const;

 private:
  PortCounters(std::string device, Fd file) : device_(std::move(device)), file_(std::move(file)) {}
  std::string device_;
  Fd file_;
};

}  // namespace hopcost::campaign
