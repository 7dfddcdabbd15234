// What a driver can do for AF_XDP sockets. Set-up only.
#pragma once

#include <cstdint>
#include <optional>

namespace hopcost::pktgen {

/// What a device's driver can do for sockets that send: the flags NETDEV_XSK_FLAGS_* (xsk-features in the
/// kernel's Documentation/netlink/specs/netdev.yaml). The device is in the calling thread's namespace.
/// Nothing where the kernel can't be asked (before Linux 6.8), and for a device that does not exist.
[[nodiscard]] std::optional<std::uint64_t> xsk_features(unsigned ifindex);

}  // namespace hopcost::pktgen
