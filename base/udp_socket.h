// UDP sockets that take datagrams at the end of a path and drop them. Set-up only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

/// Opens sockets of both families on one port of the caller's current namespace; on a host without IPv6 only
/// IPv4. `filter(fd)` is called before a socket is bound, so that its filter sees every datagram and the
/// queue stays empty. The sockets do not ask for time stamps, because these would change every tap's regime.
/// `netns` is only for messages. Errors: EADDRINUSE; those of `filter`.
[[nodiscard]] Result<std::vector<Fd>> open_udp_sockets(std::uint16_t port, const std::string& netns,
                                                       const std::function<Result<void>(int)>& filter);

}  // namespace hopcost
