#include "hopload/peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/control.h"
#include "base/netns.h"

namespace hopcost::hopload {
namespace {

constexpr int kConnectMs = 2000;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

Result<SocketAddress> address_of(const Peer& peer) {
  SocketAddress a;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&a.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&a.storage);
  if (inet_pton(AF_INET, peer.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(peer.port);
    a.length = sizeof *v4;
  } else if (inet_pton(AF_INET6, peer.address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(peer.port);
    a.length = sizeof *v6;
  } else {
    return error(Exit::kUsage, fmt::format("'{}' is no IP address", peer.address));
  }
  return a;
}

Result<Fd> socket_for(const Peer& peer, const SocketAddress& address) {
  auto inside = NetnsScope::enter(peer.netns);
  if (!inside) return forward(inside);
  Fd fd(::socket(address.storage.ss_family, (peer.tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno_error(errno, "open a socket");
  return fd;
}

/// Waits until connect(2) has finished. Errors: connect(2)'s.
Result<void> await_connection(int fd, const Peer& peer) {
  pollfd p{fd, POLLOUT, 0};
  const std::string to = fmt::format("connect to {} port {}", peer.address, peer.port);
  if (::poll(&p, 1, kConnectMs) != 1) return error(Exit::kFailure, to + ": no answer");
  int failed = 0;
  socklen_t length = sizeof failed;
  (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &length);
  if (failed != 0) return errno_error(failed, to);
  return {};
}

}  // namespace

Result<Peer> read_peer(const nlohmann::json& request) {
  auto address = get_string(request, "address");
  if (!address) return forward(address);
  auto port = get_uint(request, "port");
  if (!port) return forward(port);
  if (*port == 0 || *port > 65'535) return error(Exit::kUsage, fmt::format("{} is no port", *port));
  Peer peer{.netns = get_string_or(request, "netns", ""),
            .address = std::move(*address),
            .port = static_cast<std::uint16_t>(*port),
            .cpu = {}};
  if (auto cpu = get_uint(request, "cpu")) peer.cpu = static_cast<int>(*cpu);
  return peer;
}

Result<Fd> listen_at(const Peer& peer, int most) {
  auto address = address_of(peer);
  if (!address) return forward(address);
  auto fd = socket_for(peer, *address);
  if (!fd) return fd;
  const int on = 1;
  (void)setsockopt(fd->get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&address->storage), address->length) != 0)
    return errno_error(errno, fmt::format("bind to {} port {}", peer.address, peer.port));
  if (peer.tcp && ::listen(fd->get(), most) != 0) return errno_error(errno, "listen");
  return fd;
}

Result<Fd> connect_to(const Peer& peer) {
  auto address = address_of(peer);
  if (!address) return forward(address);
  auto fd = socket_for(peer, *address);
  if (!fd) return fd;
  const int flags = ::fcntl(fd->get(), F_GETFL);
  (void)::fcntl(fd->get(), F_SETFL, flags | O_NONBLOCK);
  const auto* to = reinterpret_cast<const sockaddr*>(&address->storage);
  if (::connect(fd->get(), to, address->length) != 0) {
    if (errno != EINPROGRESS)
      return errno_error(errno, fmt::format("connect to {} port {}", peer.address, peer.port));
    if (auto r = await_connection(fd->get(), peer); !r) return forward(r);
  }
  (void)::fcntl(fd->get(), F_SETFL, flags);
  return fd;
}

}  // namespace hopcost::hopload
