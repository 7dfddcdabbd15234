// The AF_PACKET socket under the taps that stand on a device. Set-up only; includes base and tap.h.
#pragma once

#include "analyzer/tap/tap.h"
#include "base/fd.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// A raw packet socket that hears nothing yet: no packet of another device gets in before it is bound.
/// Errors: kPrivilege.
[[nodiscard]] Result<Fd> open_packet_socket(const TapSpec& spec);

/// Keeps packets the device sends away (PACKET_IGNORE_OUTGOING). Errors: before Linux 4.20.
[[nodiscard]] Result<void> ignore_outgoing(int socket);

/// From here on the socket hears the device, in the caller's current namespace. Errors: kMissing, naming the
/// devices there are.
[[nodiscard]] Result<void> bind_to_device(int socket, const TapSpec& spec);

/// Takes a bound socket out of the packets' path and waits until no CPU is in its hook.
void detach_packet_socket(int socket) noexcept;

}  // namespace hopcost::analyzer
