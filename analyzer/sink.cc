#include "analyzer/sink.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "analyzer/tap/af_packet/filters.h"
#include "base/netns.h"

namespace hopcost::analyzer {

namespace {

Result<Fd> open_socket(int family, const SinkSpec& spec) {
  Fd fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno_error(errno, fmt::format("sink {}: open a UDP socket", spec.port));
  // The filter comes first: nothing is ever queued.
  if (auto attached = attach_drop_filter(fd.get()); !attached) return forward(attached);
  const int on = 1;
  const int least = 0;  // the kernel raises it to its minimum
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(spec.port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(spec.port);
  if (family == AF_INET6) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const auto* address =
      family == AF_INET ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
  if (bind(fd.get(), address, family == AF_INET ? sizeof v4 : sizeof v6) != 0) {
    return errno_error(
        errno,
        fmt::format("sink: bind UDP port {}{}", spec.port,
                    spec.netns.empty() ? "" : " in namespace " + spec.netns),
        errno == EADDRINUSE ? "another program has it; its socket serves as the sink too" : "");
  }
  return fd;
}

}  // namespace

Result<Sink> Sink::open(const SinkSpec& spec) {
  auto scope = NetnsScope::enter(spec.netns);
  if (!scope) return forward(scope);
  std::vector<Fd> sockets;
  auto v4 = open_socket(AF_INET, spec);
  if (!v4) return forward(v4);
  sockets.push_back(std::move(*v4));
  auto v6 = open_socket(AF_INET6, spec);
  if (v6) {
    sockets.push_back(std::move(*v6));
  } else if (v6.error().err != EAFNOSUPPORT && v6.error().err != EADDRNOTAVAIL) {
    return forward(v6);
  }
  return Sink(spec, std::move(sockets));
}

}  // namespace hopcost::analyzer
