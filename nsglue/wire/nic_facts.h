// What a network interface is that is to carry test traffic, and whether it may. One thread. Includes base/
// and the floors below.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace hopcost::nsglue {

/// An interface of the calling thread's namespace.
struct NicFacts {
  std::string device, mac;
  unsigned index = 0;
  std::uint32_t mtu = 0;
  std::uint32_t tx_queues = 0, rx_queues = 0;
};

/// Looks at an interface that is to carry test traffic. `session`: what ssh calls SSH_CONNECTION, or empty.
/// Errors: kMissing when there is none of that name, or it has no carrier; kRefused when it, or what sits on
/// it, carries the default route or the session.
[[nodiscard]] Result<NicFacts> look_at_nic(const std::string& device, const std::string& session);

}  // namespace hopcost::nsglue
