// Offload settings through SIOCETHTOOL (linux/ethtool.h). Any thread. Includes base/ and topology/.
#pragma once

#include <string>

#include "base/result.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Names in their order: "gro", "gso", "tso", "tx_checksum", "rx_checksum".
inline constexpr const char* kOffloadNames[] = {"gro", "gso", "tso", "tx_checksum", "rx_checksum"};

/// Sets each of `wanted` that differs. `socket` says the namespace. A device may keep what its driver fixes:
/// read back. Errors: the kernel's, naming the device and the offload.
[[nodiscard]] Result<void> set_offloads(int socket, const std::string& device, const Offloads& wanted);
/// Those the device answers for.
[[nodiscard]] Result<Offloads> read_offloads(int socket, const std::string& device);

}  // namespace hopcost::nsglue
