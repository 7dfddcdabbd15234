// Classic BPF programs for packet and UDP sockets (Documentation/networking/filter.rst).
#pragma once

#include <cstdint>

#include "base/result.h"

namespace hopcost::analyzer {

/// Packets the device is about to send alone, or else all; the rest is refused before anything is copied. No
/// more than `snap_bytes` of a packet is copied; 0: all of it.
[[nodiscard]] Result<void> attach_tap_filter(int socket, bool outgoing, std::uint32_t snap_bytes);

/// Nothing passes: what arrives is dropped in the kernel before it is queued.
[[nodiscard]] Result<void> attach_drop_filter(int socket);

}  // namespace hopcost::analyzer
