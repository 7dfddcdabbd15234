#include "analyzer/watch/sink.h"

#include <cerrno>

#include "base/netns.h"
#include "base/socket_filter.h"
#include "base/udp_socket.h"

namespace hopcost::analyzer {

Result<Sink> Sink::open(const UdpEnd& spec) {
  auto scope = NetnsScope::enter(spec.netns);
  if (!scope) return forward(scope);
  auto sockets = open_udp_sockets(spec.port, spec.netns, attach_drop_filter);
  if (!sockets && sockets.error().err == EADDRINUSE)
    sockets.error().hint += "; its socket takes the packets just as well: leave the sink out";
  if (!sockets) return forward(sockets);
  return Sink(spec, std::move(*sockets));
}

}  // namespace hopcost::analyzer
