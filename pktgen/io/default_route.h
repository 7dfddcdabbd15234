// Whether a device carries the host's default route, and so perhaps the person's own connection. Set-up only.
#pragma once

#include <string>
#include <string_view>

namespace hopcost::pktgen {

/// Over the text of /proc/net/route (IPv4) and /proc/net/ipv6_route; a route that rejects does not count.
[[nodiscard]] bool has_default_route(std::string_view device, const std::string& route,
                                     const std::string& ipv6_route);

/// The same for the calling thread's namespace.
[[nodiscard]] bool has_default_route(std::string_view device);

}  // namespace hopcost::pktgen
