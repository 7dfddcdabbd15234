#include "campaign/lifecycle/echo.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>
#include <span>

#include "base/fd.h"
#include "base/signals.h"
#include "wire/checksum.h"

namespace hopcost::campaign {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kEchoPatience = std::chrono::seconds(3);
constexpr int kEchoWaitMs = 1;

/// An echo with a number of our own, by which answers to others are told from ours.
struct Echo {
  icmphdr header{};
  std::uint64_t run = 0;
};

Echo echo_of(std::uint64_t run, std::uint16_t number) {
  Echo echo;
  echo.header.type = ICMP_ECHO;
  echo.header.un.echo.id = static_cast<std::uint16_t>(run);
  echo.header.un.echo.sequence = htons(number);
  echo.run = run;
  echo.header.checksum = checksum_of(ones_sum(std::as_bytes(std::span(&echo, 1))));
  return echo;
}

/// Reads what waits at the socket. Whether an answer to `run` is among it.
bool answered(int socket, std::uint64_t run) {
  std::array<std::byte, 512> packet;
  for (;;) {
    const ssize_t got = ::recv(socket, packet.data(), packet.size(), MSG_DONTWAIT);
    if (got < 0) return false;
    const auto ip_bytes = static_cast<std::size_t>(std::to_integer<unsigned>(packet[0]) & 0xf) * 4;
    Echo echo;
    if (static_cast<std::size_t>(got) < ip_bytes + sizeof echo) continue;
    std::memcpy(&echo, packet.data() + ip_bytes, sizeof echo);
    if (echo.header.type == ICMP_ECHOREPLY && echo.run == run) return true;
  }
}

}  // namespace

Result<void> await_echo(in_addr to) {
  const Fd socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  if (!socket.valid()) return errno_error(errno, "open a socket for ICMP", "run as root");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr = to;
  std::random_device random;
  const std::uint64_t run = std::uint64_t{random()} << 32 | random();
  const auto deadline = Clock::now() + kEchoPatience;
  for (std::uint16_t number = 1;; ++number) {
    if (stop_requested()) return error(Exit::kPartial, "stopped while an answer was awaited");
    const Echo echo = echo_of(run, number);
    // It may not be reachable yet: then there is one less, and no error.
    (void)::sendto(socket.get(), &echo, sizeof echo, 0, reinterpret_cast<const sockaddr*>(&address),
                   sizeof address);
    pollfd ready{socket.get(), POLLIN, 0};
    if (::poll(&ready, 1, kEchoWaitMs) == 1 && answered(socket.get(), run)) return {};
    if (Clock::now() > deadline) {
      std::array<char, INET_ADDRSTRLEN> text{};
      return error(
          Exit::kFailure,
          fmt::format("{} answers no echo within 3 s", inet_ntop(AF_INET, &to, text.data(), text.size())),
          "is it reachable from here? A macvlan is not, from its parent's host; nor, for half a minute, one "
          "that "
          "came back with another MAC address (LXC: set lxc.net.0.hwaddr)");
    }
  }
}

}  // namespace hopcost::campaign
