#include "base/udp_socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace hopcost {
namespace {

Result<void> bind_port(int socket, int family, std::uint16_t port, const std::string& netns) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  const int on = 1;
  if (family == AF_INET6) setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const bool is_v4 = family == AF_INET;
  const auto* address =
      is_v4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
  if (bind(socket, address, is_v4 ? sizeof v4 : sizeof v6) == 0) return {};
  return errno_error(errno,
                     fmt::format("bind UDP port {}{}", port, netns.empty() ? "" : " in namespace " + netns),
                     errno == EADDRINUSE ? "another program has it" : "");
}

}  // namespace

Result<std::vector<Fd>> open_udp_sockets(std::uint16_t port, const std::string& netns,
                                         const std::function<Result<void>(int)>& filter) {
  std::vector<Fd> sockets;
  for (const int family : {AF_INET, AF_INET6}) {
    Fd fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const bool without_v6 = family == AF_INET6 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
    if (!fd.valid() && without_v6) continue;
    if (!fd.valid()) return errno_error(errno, fmt::format("open a UDP socket for port {}", port));
    if (auto r = filter(fd.get()); !r) return forward(r);
    const int least = 0;  // the kernel raises it to its minimum
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
    auto bound = bind_port(fd.get(), family, port, netns);
    if (!bound && family == AF_INET6 && bound.error().err == EADDRNOTAVAIL) continue;
    if (!bound) return forward(bound);
    sockets.push_back(std::move(fd));
  }
  return sockets;
}

}  // namespace hopcost
