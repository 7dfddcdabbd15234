#include "nsglue/prove/probe_socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/netns.h"

namespace hopcost::nsglue {
namespace {

/// Long enough that no Ethernet driver pads the frame, so that the mark stays at its end.
struct Payload {
  std::array<char, 32> filler{};
  ProbeMark mark;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const Prefix& ip, std::uint16_t port) {
  SocketAddress a;
  if (ip.family == AF_INET) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&a.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    std::memcpy(&v4->sin_addr, ip.bytes.data(), sizeof v4->sin_addr);
    a.size = sizeof *v4;
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&a.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    std::memcpy(&v6->sin6_addr, ip.bytes.data(), sizeof v6->sin6_addr);
    a.size = sizeof *v6;
  }
  return a;
}

/// Ethernet, IPv4 (RFC 791) and UDP (RFC 768) headers, in network byte order.
struct [[gnu::packed]] Headers {
  std::uint8_t to[6], from[6];
  std::uint16_t type = htons(ETH_P_IP);
  std::uint8_t version = 0x45, tos = 0;
  std::uint16_t length = 0, id = 0, fragment = 0;
  std::uint8_t ttl = 64, protocol = IPPROTO_UDP;
  std::uint16_t checksum = 0;
  std::uint8_t source[4] = {}, destination[4] = {};
  std::uint16_t source_port = 0, port = 0, udp_length = 0, udp_checksum = 0;  // 0: none
};
constexpr std::size_t kIpAt = 14, kIpBytes = 20, kUdpBytes = 8;
static_assert(sizeof(Headers) == kIpAt + kIpBytes + kUdpBytes);

/// The IP header's checksum, RFC 1071.
std::uint16_t checksum(const Headers& h) {
  std::array<std::uint16_t, kIpBytes / 2> words;
  std::memcpy(words.data(), reinterpret_cast<const char*>(&h) + kIpAt, kIpBytes);
  std::uint32_t sum = 0;
  for (const std::uint16_t word : words) sum += word;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void put_address(const Device& d, std::uint8_t* four_bytes) {
  const auto ip = d.ipv4.empty() ? std::nullopt : parse_prefix(d.ipv4.front());
  if (ip) std::memcpy(four_bytes, ip->bytes.data(), 4);
}

}  // namespace

Result<Fd> udp_socket(int family, std::uint16_t port) {
  Fd fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return errno_error(errno, "open a UDP socket");
  const int on = 1;
  if (family == AF_INET6) (void)setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  Prefix any;
  any.family = family;
  const SocketAddress here = socket_address(any, port);
  if (bind(fd.get(), here.get(), here.size) != 0)
    return errno_error(errno, fmt::format("listen on UDP port {}", port));
  return fd;
}

Result<void> send_probe(const Fd& socket, const Prefix& to, std::uint16_t port, const ProbeMark& mark) {
  const SocketAddress there = socket_address(to, port);
  const Payload payload{.filler = {}, .mark = mark};
  if (sendto(socket.get(), &payload, sizeof payload, 0, there.get(), there.size) < 0)
    return errno_error(errno, fmt::format("send to {}", address_text(to.family, to.bytes.data())));
  return {};
}

Result<void> send_frame(const Device& from, const Device& to, const std::string& next_hop_mac,
                        std::uint16_t port, const ProbeMark& mark) {
  Headers h;
  std::memcpy(h.to, parse_mac(next_hop_mac).value_or(Mac{}).data(), sizeof h.to);
  std::memcpy(h.from, parse_mac(from.mac).value_or(Mac{}).data(), sizeof h.from);
  put_address(from, h.source);
  put_address(to, h.destination);
  h.length = htons(kIpBytes + kUdpBytes + sizeof(Payload));
  h.udp_length = htons(kUdpBytes + sizeof(Payload));
  h.source_port = h.port = htons(port);
  h.checksum = checksum(h);
  const Payload payload{.filler = {}, .mark = mark};
  std::array<char, sizeof h + sizeof payload> frame;
  std::memcpy(frame.data(), &h, sizeof h);
  std::memcpy(frame.data() + sizeof h, &payload, sizeof payload);
  auto index = interface_index(from.at.device);
  if (!index) return forward(index);
  const Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return errno_error(errno, "open a packet socket");
  sockaddr_ll out{};
  out.sll_family = AF_PACKET;
  out.sll_protocol = htons(ETH_P_IP);
  out.sll_ifindex = static_cast<int>(*index);
  if (sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&out),
             sizeof out) < 0)
    return errno_error(errno, fmt::format("send a frame out of {}", from.at.text()));
  return {};
}

int receive_probes(const Fd& socket, std::uint32_t run) {
  int count = 0;
  Payload payload;
  for (;;) {
    const ssize_t got = recv(socket.get(), &payload, sizeof payload, MSG_TRUNC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return count;
    const ProbeMark pattern{.run = run};
    count += got == sizeof payload && payload.mark.word == pattern.word && payload.mark.run == run;
  }
}

}  // namespace hopcost::nsglue
