// UDP sockets that take datagrams at the end of a path and keep none. Set-up only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

/// Sockets of both families on one port of the caller's current namespace; a host without IPv6 gets IPv4
/// alone. `filter(fd)` is called before a socket is bound, so that it lets through what comes: a filter of
/// nothing leaves nothing in the queue. They ask for no time stamps, which would change every tap's regime.
/// `netns` is for messages. Errors: EADDRINUSE, those of `filter`.
[[nodiscard]] Result<std::vector<Fd>> open_udp_sockets(std::uint16_t port, const std::string& netns,
                                                       const std::function<Result<void>(int)>& filter);

}  // namespace hopcost
