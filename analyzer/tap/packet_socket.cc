#include "analyzer/tap/packet_socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/netns.h"

namespace hopcost::analyzer {
namespace {

int bind_to(int socket, int ifindex, unsigned short protocol) noexcept {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(protocol);
  address.sll_ifindex = ifindex;
  return bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace

Result<Fd> open_packet_socket(const TapSpec& spec) {
  Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return errno_error(errno, fmt::format("tap {}: open a packet socket", spec.name));
  return socket;
}

Result<void> ignore_outgoing(int socket) {
  const int on = 1;
  if (setsockopt(socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0) {
    return errno_error(errno, "ignore outgoing packets", "needs Linux 4.20 or newer");
  }
  return {};
}

Result<void> bind_to_device(int socket, const TapSpec& spec) {
  const auto index = interface_index(spec.device);
  if (!index) {
    auto e = index.error();
    e.what = fmt::format("tap {}: {}{}", spec.name, e.what,
                         spec.netns.empty() ? "" : " in namespace " + spec.netns);
    return std::unexpected(std::move(e));
  }
  if (bind_to(socket, static_cast<int>(*index), ETH_P_ALL) != 0)
    return errno_error(errno, fmt::format("tap {}: bind to {}", spec.name, spec.device));
  return {};
}

// Binding the socket elsewhere unhooks it from the device and waits until no CPU is in the hook
// (packet_do_bind()). Closing a socket with a ring would wait twice more. On the namespace's loopback with a
// protocol that nobody uses, the socket gets no packets.
void detach_packet_socket(int socket) noexcept {
  constexpr int kLoopback = 1;                        // the first device of every namespace
  constexpr unsigned short kUnusedProtocol = 0xffff;  // reserved, RFC 1701
  (void)bind_to(socket, kLoopback, kUnusedProtocol);
}

}  // namespace hopcost::analyzer
