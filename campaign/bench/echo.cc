#include "campaign/bench/echo.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <span>

#include "base/signals.h"
#include "wire/checksum.h"

namespace hopcost::campaign {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kEchoPatience = std::chrono::seconds(3);
constexpr auto kEchoWait = std::chrono::milliseconds(1);

/// An echo message with a random number that marks it as ours. ICMPv6's has the same form (RFC 4443 section
/// 4).
struct Echo {
  icmphdr header{};
  std::uint64_t run = 0;
};

}  // namespace

Result<EchoSocket> EchoSocket::open(const IpAddress& to) {
  Fd fd(to.v6 ? ::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6)
              : ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  if (!fd.valid()) return errno_error(errno, "open a socket for ICMP", "run as root");
  std::random_device random;
  return EchoSocket(std::move(fd), to, std::uint64_t{random()} << 32 | random());
}

bool EchoSocket::ask() noexcept {
  Echo echo;
  echo.header.type = to_.v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
  echo.header.un.echo.id = static_cast<std::uint16_t>(run_);
  echo.header.un.echo.sequence = htons(++number_);
  echo.run = run_;
  // The kernel fills in the ICMPv6 checksum, which covers the IP addresses.
  if (!to_.v6) echo.header.checksum = checksum_of(ones_sum(std::as_bytes(std::span(&echo, 1))));
  sockaddr_in four{};
  four.sin_family = AF_INET;
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  if (to_.v6) {
    std::memcpy(&six.sin6_addr, to_.bytes().data(), sizeof six.sin6_addr);
  } else {
    std::memcpy(&four.sin_addr, to_.bytes().data(), sizeof four.sin_addr);
  }
  const auto* const address =
      to_.v6 ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
  return ::sendto(fd_.get(), &echo, sizeof echo, 0, address, to_.v6 ? sizeof six : sizeof four) ==
         sizeof echo;
}

std::uint32_t EchoSocket::answers(std::chrono::milliseconds wait) noexcept {
  pollfd ready{fd_.get(), POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(wait.count())) != 1) return 0;
  std::array<std::byte, 512> packet;
  std::uint32_t n = 0;
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
    if (got < 0) return n;
    // An IPv4 raw socket delivers the IP header too.
    const auto ip_bytes =
        to_.v6 ? std::size_t{0} : static_cast<std::size_t>(std::to_integer<unsigned>(packet[0]) & 0xf) * 4;
    Echo echo;
    if (static_cast<std::size_t>(got) < ip_bytes + sizeof echo) continue;
    std::memcpy(&echo, packet.data() + ip_bytes, sizeof echo);
    n += echo.header.type == (to_.v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) && echo.run == run_;
  }
}

Result<void> await_echo(in_addr to) {
  IpAddress address;
  std::memcpy(address.storage.data(), &to, sizeof to);
  auto socket = EchoSocket::open(address);
  if (!socket) return forward(socket);
  const auto deadline = Clock::now() + kEchoPatience;
  for (;;) {
    if (stop_requested()) return error(Exit::kPartial, "stopped while an answer was awaited");
    socket->ask();
    if (socket->answers(kEchoWait) > 0) return {};
    if (Clock::now() > deadline) {
      return error(
          Exit::kFailure, fmt::format("{} answers no echo within 3 s", to_string(address)),
          "is it reachable from here? A macvlan is not, from its parent's host; nor, for half a minute, one "
          "that "
          "came back with another MAC address (LXC: set lxc.net.0.hwaddr)");
    }
  }
}

}  // namespace hopcost::campaign
