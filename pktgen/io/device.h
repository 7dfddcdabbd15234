// What a network device of the calling thread's namespace says of itself. Set-up only.
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
  std::uint32_t link_mbps = 0;  ///< 0 when the device does not say, or its link is down.
  std::string driver;           ///< Empty when the device does not say.
  bool takes_tags = false;      ///< Hardware that takes VLAN tags off what it receives, before XDP sees it.
};

/// Errors: kMissing when it is not there (naming those that are); kUsage when it is no Ethernet device.
[[nodiscard]] Result<Device> read_device(const std::string& name);

/// How many queues it receives on, as its driver says; nothing when that does not say.
[[nodiscard]] std::optional<std::uint32_t> receive_queues(const std::string& name);

}  // namespace hopcost::pktgen
