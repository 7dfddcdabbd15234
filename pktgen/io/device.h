// Properties of a network device of the calling thread's namespace. Set-up only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "wire/address.h"

namespace hopcost::pktgen {

struct Device {
  unsigned index = 0;
  MacAddress mac;
  std::uint32_t mtu = 0;
  std::uint32_t link_mbps = 0;  ///< 0: unknown, or its link is down.
  std::string driver;           ///< Empty: unknown.
  int numa = -1;                ///< The node of its PCI slot; -1: unknown, or it has none.
  bool takes_tags = false;      ///< Its hardware removes VLAN tags from received frames before XDP sees them.
};

/// Errors: kMissing when there is no such device (naming those there are); kUsage when it is no Ethernet
/// device.
[[nodiscard]] Result<Device> read_device(const std::string& name);

/// How many receive queues the device has; nothing when its driver does not say.
[[nodiscard]] std::optional<std::uint32_t> receive_queues(const std::string& name);

}  // namespace hopcost::pktgen
