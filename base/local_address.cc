#include "base/local_address.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace hopcost {

namespace {

constexpr int kBacklog = 16;

Fd stream_socket(int family) {
  return Fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

Result<Fd> bound(Fd socket, const sockaddr* address, socklen_t bytes, const std::string& name) {
  if (::bind(socket.get(), address, bytes) != 0 || ::listen(socket.get(), kBacklog) != 0)
    return errno_error(errno, fmt::format("serve at {}", name), "give another address");
  return socket;
}

/// Removes a socket file that no server uses.
Result<void> make_room(const sockaddr_un& address, socklen_t bytes) {
  struct stat file {};
  if (::lstat(address.sun_path, &file) != 0) return {};
  const auto taken = [&](const char* what) {
    return error(Exit::kRefused, fmt::format("serve at unix:{}: {}", address.sun_path, what),
                 "give another path");
  };
  if (!S_ISSOCK(file.st_mode)) return taken("there is a file that is no socket");
  const Fd probe = stream_socket(AF_UNIX);
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), bytes) == 0 ||
      errno != ECONNREFUSED)
    return taken("another program serves it");
  if (::unlink(address.sun_path) != 0) return errno_error(errno, fmt::format("remove {}", address.sun_path));
  return {};
}

Result<Fd> listen_unix(const std::string& path, mode_t mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (auto room = make_room(address, sizeof address); !room) return forward(room);
  Fd socket = stream_socket(AF_UNIX);
  // Before bind(2), which gives the file the socket's mode, so that nobody else can ever connect.
  if (::fchmod(socket.get(), mode) != 0) return errno_error(errno, fmt::format("set the mode of {}", path));
  return bound(std::move(socket), reinterpret_cast<const sockaddr*>(&address), sizeof address,
               "unix:" + path);
}

}  // namespace

Result<LocalAddress> parse_local_address(std::string_view text) {
  const auto fault = [&](const char* why) {
    return error(Exit::kUsage, fmt::format("address '{}': {}", text, why),
                 "unix:PATH, 127.0.0.1:PORT or [::1]:PORT");
  };
  constexpr std::string_view kUnix = "unix:", kV4 = "127.0.0.1:", kV6 = "[::1]:";
  if (text.starts_with(kUnix)) {
    const auto path = text.substr(kUnix.size());
    if (path.empty() || path.size() >= sizeof sockaddr_un{}.sun_path ||
        path.find('\0') != std::string_view::npos)
      return fault("a path has 1 to 107 bytes");
    return LocalAddress{.unix_path = std::string(path)};
  }
  const bool v6 = text.starts_with(kV6);
  if (!v6 && !text.starts_with(kV4)) return fault("it is served on this host alone");
  const auto digits = text.substr(v6 ? kV6.size() : kV4.size());
  int port = 0;
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (bad != std::errc() || end != digits.data() + digits.size() || port < 1 || port > 65'535)
    return fault("a port is 1 to 65535");
  return LocalAddress{.unix_path = {}, .v6 = v6, .port = port};
}

Result<Fd> listen_at(const LocalAddress& at, mode_t mode) {
  if (!at.unix_path.empty()) return listen_unix(at.unix_path, mode);
  Fd socket = stream_socket(at.v6 ? AF_INET6 : AF_INET);
  const int yes = 1;  // a port with connections in TIME_WAIT can be bound again
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const std::uint16_t port = htons(static_cast<std::uint16_t>(at.port));
  if (at.v6) {
    sockaddr_in6 a{};
    a.sin6_family = AF_INET6;
    a.sin6_port = port;
    a.sin6_addr = in6addr_loopback;
    return bound(std::move(socket), reinterpret_cast<const sockaddr*>(&a), sizeof a,
                 fmt::format("[::1]:{}", at.port));
  }
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = port;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return bound(std::move(socket), reinterpret_cast<const sockaddr*>(&a), sizeof a,
               fmt::format("127.0.0.1:{}", at.port));
}

}  // namespace hopcost
