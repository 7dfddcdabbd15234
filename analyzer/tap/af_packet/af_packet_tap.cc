// Set-up of the af_packet tap; the datapath is in the header.
#include "analyzer/tap/af_packet/af_packet_tap.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <sys/socket.h>

#include <cerrno>

#include "analyzer/tap/af_packet/device_kind.h"
#include "analyzer/tap/af_packet/filters.h"
#include "base/netns.h"

namespace hopcost::analyzer {

namespace {

/// Only the wanted direction, refused before it is copied.
Result<void> choose_direction(int socket, Direction direction) {
  if (direction == Direction::kOut) return attach_outgoing_filter(socket);
  const int on = 1;
  if (setsockopt(socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0) {
    return errno_error(errno, "ignore outgoing packets", "needs Linux 4.20 or newer");
  }
  return {};
}

}  // namespace

Result<AfPacketTap> AfPacketTap::open(const TapSpec& spec, const TapOptions& options) {
  const auto index = interface_index(spec.device);
  if (!index) {
    auto e = index.error();
    e.what = fmt::format("tap {}: {}{}", spec.name, e.what,
                         spec.netns.empty() ? "" : " in namespace " + spec.netns);
    return std::unexpected(std::move(e));
  }
  // Protocol 0 hears nothing: no packet of another device gets in before the socket is bound to ours.
  Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return errno_error(errno, fmt::format("tap {}: open a packet socket", spec.name));
  auto ring = Ring::create(socket.get(), options.ring_bytes);
  if (!ring) return forward(ring);
  if (auto chosen = choose_direction(socket.get(), spec.direction); !chosen) return forward(chosen);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(*index);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return errno_error(errno, fmt::format("tap {}: bind to {}", spec.name, spec.device));
  }
  const bool inherits = spec.direction == Direction::kIn && driver_inherits_stamp(device_driver(spec.device));
  return AfPacketTap(std::move(socket), std::move(*ring), inherits);
}

// Binding elsewhere unhooks from the device and waits until no CPU is in the hook (packet_do_bind); closing
// would wait twice more, for the ring. A protocol nobody uses, on the namespace's loopback, hears nothing.
void AfPacketTap::detach() noexcept {
  constexpr int kLoopback = 1;                        // the first device of every namespace
  constexpr unsigned short kUnusedProtocol = 0xffff;  // reserved, RFC 1701
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(kUnusedProtocol);
  address.sll_ifindex = kLoopback;
  (void)bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

std::uint64_t AfPacketTap::take_drops() noexcept {
  tpacket_stats_v3 stats{};
  socklen_t length = sizeof stats;
  if (getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &length) != 0) return 0;
  return stats.tp_drops;  // reading sets them back to zero
}

}  // namespace hopcost::analyzer
