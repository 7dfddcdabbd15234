// Classic BPF programs for packet and UDP sockets (Documentation/networking/filter.rst).
#pragma once

#include "base/result.h"

namespace hopcost::analyzer {

/// Packets the device is about to send alone; the rest is refused before anything is copied.
[[nodiscard]] Result<void> attach_outgoing_filter(int socket);

/// Nothing passes: what arrives is dropped in the kernel before it is queued.
[[nodiscard]] Result<void> attach_drop_filter(int socket);

}  // namespace hopcost::analyzer
