// What a driver can do for AF_XDP sockets. Set-up only.
#pragma once

namespace hopcost::pktgen {

/// Whether the driver of a device of the calling thread's namespace stamps frames that an AF_XDP socket sends
/// (xsk-features of the kernel's Documentation/netlink/specs/netdev.yaml; Linux 6.8). False where the kernel
/// can't be asked.
[[nodiscard]] bool driver_stamps_departures(unsigned ifindex);

}  // namespace hopcost::pktgen
