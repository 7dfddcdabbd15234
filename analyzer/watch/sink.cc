#include "analyzer/watch/sink.h"

#include "analyzer/tap/filters.h"
#include "analyzer/tap/udp_socket.h"
#include "base/netns.h"

namespace hopcost::analyzer {

Result<Sink> Sink::open(const UdpEnd& spec) {
  auto scope = NetnsScope::enter(spec.netns);
  if (!scope) return forward(scope);
  auto sockets = open_udp_sockets(spec.port, spec.netns, attach_drop_filter);
  if (!sockets) return forward(sockets);
  return Sink(spec, std::move(*sockets));
}

}  // namespace hopcost::analyzer
