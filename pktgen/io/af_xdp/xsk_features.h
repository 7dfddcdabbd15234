// What a driver can do for AF_XDP sockets. Set-up only.
#pragma once

#include <cstdint>
#include <optional>

namespace hopcost::pktgen {

/// What the driver of a device of the calling thread's namespace does for sockets that send: xsk-features of
/// the kernel's Documentation/netlink/specs/netdev.yaml, the flags NETDEV_XSK_FLAGS_*. Nothing where the
/// kernel can't be asked (before Linux 6.8) and for a device that is not there.
[[nodiscard]] std::optional<std::uint64_t> xsk_features(unsigned ifindex);

}  // namespace hopcost::pktgen
