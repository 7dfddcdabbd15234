// What a tap on a device lets in (base/socket_filter.h).
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "wire/libpcap.h"

namespace hopcost::analyzer {

/// What a tap on a device takes; the rest is refused before anything is copied.
struct TapFilter {
  bool outgoing = false;         ///< Only packets the device is about to send; else all.
  std::uint32_t snap_bytes = 0;  ///< No more of a packet is copied; 0: all of it.
  /// A program for the device (libpcap::compile_for_device) that gives 0 for what is not wanted; empty: all.
  std::vector<libpcap::Instruction> wanted = {};
};
/// Errors: the kernel's, for a program that is too long.
[[nodiscard]] Result<void> attach_tap_filter(int socket, const TapFilter& filter);

}  // namespace hopcost::analyzer
