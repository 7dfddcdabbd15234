// Generic netlink: families with a name and a number that the kernel assigns. One thread per socket. Includes
// only base/.
#pragma once

#include <linux/genetlink.h>

#include <cstdint>
#include <string_view>

#include "base/netlink/socket.h"
#include "base/result.h"

namespace hopcost::netlink {

/// The number of a family, for Message. `socket` is a NETLINK_GENERIC one. The kernel loads the family's
/// module if it can. Errors: kMissing when there is no such family.
[[nodiscard]] Result<std::uint16_t> find_family(Socket& socket, std::string_view name);

/// The fixed header before a request's attributes.
[[nodiscard]] constexpr genlmsghdr generic_header(std::uint8_t command) noexcept {
  return {.cmd = command, .version = 1, .reserved = 0};
}

}  // namespace hopcost::netlink
