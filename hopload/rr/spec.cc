#include "hopload/rr/spec.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/control.h"
#include "base/netns.h"

namespace hopcost::hopload {
namespace {

constexpr std::uint64_t kLargest = 65'000;  // a UDP datagram holds little more
constexpr std::uint64_t kMostConnections = 256;
constexpr int kConnectMs = 2000;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

Result<SocketAddress> address_of(const RrSpec& spec) {
  SocketAddress a;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&a.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&a.storage);
  if (inet_pton(AF_INET, spec.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(spec.port);
    a.length = sizeof *v4;
  } else if (inet_pton(AF_INET6, spec.address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(spec.port);
    a.length = sizeof *v6;
  } else {
    return error(Exit::kUsage, fmt::format("'{}' is no IP address", spec.address));
  }
  return a;
}

Result<Fd> socket_for(const RrSpec& spec, const SocketAddress& address) {
  auto inside = NetnsScope::enter(spec.netns);
  if (!inside) return forward(inside);
  Fd fd(::socket(address.storage.ss_family, (spec.tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno_error(errno, "open a socket");
  return fd;
}

/// Until connect(2) is through. Errors: its.
Result<void> await_connection(int fd, const RrSpec& spec) {
  pollfd p{fd, POLLOUT, 0};
  const std::string to = fmt::format("connect to {} port {}", spec.address, spec.port);
  if (::poll(&p, 1, kConnectMs) != 1) return error(Exit::kFailure, to + ": no answer");
  int failed = 0;
  socklen_t length = sizeof failed;
  (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &length);
  if (failed != 0) return errno_error(failed, to);
  return {};
}

}  // namespace

Result<RrSpec> read_rr_spec(const nlohmann::json& request) {
  RrSpec spec;
  auto address = get_string(request, "address");
  if (!address) return forward(address);
  auto port = get_uint(request, "port");
  if (!port) return forward(port);
  const std::string protocol = get_string_or(request, "protocol", "udp");
  if (protocol != "udp" && protocol != "tcp")
    return error(Exit::kUsage, fmt::format("unknown protocol '{}'", protocol), "there are udp and tcp");
  const std::uint64_t asked = get_uint_or(request, "request_bytes", 1),
                      answered = get_uint_or(request, "response_bytes", 1);
  const std::uint64_t connections = get_uint_or(request, "connections", 1);
  const double rate = get_number_or(request, "rate", 0);
  if (*port == 0 || *port > 65'535) return error(Exit::kUsage, fmt::format("{} is no port", *port));
  if (asked < 1 || asked > kLargest || answered < 1 || answered > kLargest)
    return error(Exit::kUsage,
                 fmt::format("requests of {} and responses of {} bytes can't be sent", asked, answered),
                 fmt::format("1 to {} bytes", kLargest));
  if (connections < 1 || connections > kMostConnections)
    return error(Exit::kUsage, fmt::format("{} connections can't be had", connections),
                 fmt::format("1 to {}", kMostConnections));
  if (rate < 0) return error(Exit::kUsage, "the rate is below 0", "0 waits for each answer");
  if (rate > 0 && protocol == "udp" && (asked < kNumberBytes || answered < kNumberBytes))
    return error(Exit::kUsage, "at a rate, UDP needs room to number its requests",
                 fmt::format("sizes of {0}/{0} bytes at least, or protocol tcp", kNumberBytes));
  spec.tcp = protocol == "tcp";
  spec.netns = get_string_or(request, "netns", "");
  spec.address = std::move(*address);
  spec.port = static_cast<std::uint16_t>(*port);
  spec.request = static_cast<std::uint32_t>(asked);
  spec.response = static_cast<std::uint32_t>(answered);
  spec.connections = static_cast<std::uint32_t>(connections);
  spec.rate = rate;
  if (auto cpu = get_uint(request, "cpu")) spec.cpu = static_cast<int>(*cpu);
  return spec;
}

Result<Fd> rr_listen(const RrSpec& spec) {
  auto address = address_of(spec);
  if (!address) return forward(address);
  auto fd = socket_for(spec, *address);
  if (!fd) return fd;
  const int on = 1;
  (void)setsockopt(fd->get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&address->storage), address->length) != 0)
    return errno_error(errno, fmt::format("bind to {} port {}", spec.address, spec.port));
  if (spec.tcp && ::listen(fd->get(), static_cast<int>(kMostConnections)) != 0)
    return errno_error(errno, "listen");
  rr_tune(fd->get(), false);
  return fd;
}

Result<Fd> rr_connect(const RrSpec& spec) {
  auto address = address_of(spec);
  if (!address) return forward(address);
  auto fd = socket_for(spec, *address);
  if (!fd) return fd;
  const int flags = ::fcntl(fd->get(), F_GETFL);
  (void)::fcntl(fd->get(), F_SETFL, flags | O_NONBLOCK);
  const auto* to = reinterpret_cast<const sockaddr*>(&address->storage);
  if (::connect(fd->get(), to, address->length) != 0) {
    if (errno != EINPROGRESS)
      return errno_error(errno, fmt::format("connect to {} port {}", spec.address, spec.port));
    if (auto r = await_connection(fd->get(), spec); !r) return forward(r);
  }
  (void)::fcntl(fd->get(), F_SETFL, flags);
  rr_tune(fd->get(), spec.tcp);
  return fd;
}

void rr_tune(int fd, bool tcp) {
  const timeval patience{0, suseconds_t{kPatienceMs} * 1000};
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const timeval stuck{2, 0};
  (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &stuck, sizeof stuck);
  const int roomy = 16 << 20;
  if (!tcp && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &roomy, sizeof roomy) != 0)
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &roomy, sizeof roomy);
  const int on = 1;
  if (tcp) (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void forget_old(int fd, const RrSpec& spec) {
  std::vector<char> buffer(spec.response);
  while (!spec.tcp && ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
  }
}

}  // namespace hopcost::hopload
