#include "pktgen/io/af_packet/rx_ring.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "base/ring_tag.h"
#include "base/units.h"

namespace hopcost::pktgen {
namespace {

constexpr std::size_t kRingBytes = 8 << 20;
constexpr std::size_t kLeastSlots = 64;
constexpr std::size_t kMostSlots = 4096;
constexpr std::size_t kAddressOffset = TPACKET_ALIGN(sizeof(tpacket2_hdr));
constexpr std::size_t kHeadroom =
    64;  // Ethernet header, a tag, and the kernel's alignment of the network header

/// Linux 6.2 (linux/if_packet.h). Earlier kernels ignore it, and a group also sees outgoing frames.
constexpr int kIgnoreOutgoing = 0x4000;

std::atomic_ref<std::uint32_t> status(std::byte* slot) noexcept {
  return std::atomic_ref(reinterpret_cast<tpacket2_hdr*>(slot)->tp_status);
}

}  // namespace

Result<PacketRx> PacketRx::open(unsigned ifindex, std::shared_ptr<LinkWatch> link,
                                std::optional<HardwareClock> clock) {
  auto socket = open_packet_socket();
  if (!socket) return forward(socket);
  if (!set_packet_option(*socket, PACKET_IGNORE_OUTGOING, 1))
    return errno_error(errno, "ignore outgoing packets");
  if (!set_packet_option(*socket, PACKET_RESERVE, kRingTagBytes))
    return errno_error(errno, "leave room for VLAN tags in a ring");
  if (clock && !set_packet_option(*socket, PACKET_TIMESTAMP, SOF_TIMESTAMPING_RAW_HARDWARE)) clock.reset();
  const std::size_t slot_bytes = TPACKET2_HDRLEN + kHeadroom + link->mtu();
  const auto slots = static_cast<std::uint32_t>(std::clamp(kRingBytes / slot_bytes, kLeastSlots, kMostSlots));
  auto ring = map_packet_ring(*socket, PACKET_RX_RING, slot_bytes, slots);
  if (!ring) return forward(ring);
  if (auto ok = bind_packet_socket(*socket, ifindex, ETH_P_ALL); !ok) return forward(ok);
  return PacketRx(std::move(*socket), std::move(link), std::move(*ring), std::move(clock));
}

Result<void> PacketRx::share_out(const std::vector<PacketRx*>& all) {
  constexpr int kHow = (PACKET_FANOUT_HASH | kIgnoreOutgoing) << 16;
  int group = kHow | PACKET_FANOUT_FLAG_UNIQUEID << 16;
  for (PacketRx* rx : all) {
    if (!set_packet_option(rx->socket_, PACKET_FANOUT, group))
      return errno_error(errno, "share out what comes in (PACKET_FANOUT)");
    socklen_t length = sizeof group;
    if (getsockopt(rx->socket_.get(), SOL_PACKET, PACKET_FANOUT, &group, &length) != 0)
      return errno_error(errno, "read the number of a PACKET_FANOUT group");
    group = (group & 0xffff) | kHow;
  }
  return {};
}

std::uint32_t PacketRx::receive(std::span<RxFrame> out) noexcept {
  std::uint32_t n = 0;
  for (std::size_t seen = 0; n < out.size() && seen + 1 < ring_.slots.size(); ++seen) {
    std::byte* slot = ring_.slots[head_];
    const std::uint32_t now = status(slot).load(std::memory_order_acquire);
    if ((now & TP_STATUS_USER) == 0) break;
    const auto& h = *reinterpret_cast<const tpacket2_hdr*>(slot);
    head_ = next(head_);
    if (reinterpret_cast<const sockaddr_ll*>(slot + kAddressOffset)->sll_pkttype == PACKET_OUTGOING) continue;
    hardware_ = clock_ && (now & TP_STATUS_TS_RAW_HARDWARE) != 0;
    const std::uint64_t stamp = h.tp_sec * kNsPerSecond + h.tp_nsec;
    out[n++] = {.bytes = with_ring_tag({slot + h.tp_mac, h.tp_snaplen}, now, h),
                .rx_ns = hardware_ ? clock_->to_ns(stamp) : stamp};
  }
  if (n == 0) release();
  return n;
}

void PacketRx::release() noexcept {
  for (; tail_ != head_; tail_ = next(tail_)) {
    status(ring_.slots[tail_]).store(TP_STATUS_KERNEL, std::memory_order_release);
  }
}

void PacketRx::wait(std::chrono::milliseconds timeout) noexcept {
  if (clock_) clock_->follow();
  pollfd p{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  if (poll(&p, 1, static_cast<int>(timeout.count())) <= 0 || (p.revents & POLLERR) == 0) return;
  // Clears the socket's pending error of a device that went down, so that poll() does not report it again at
  // once.
  int gone = 0;
  socklen_t length = sizeof gone;
  getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &gone, &length);
}

std::uint64_t PacketRx::drops() noexcept {
  tpacket_stats stats{};
  socklen_t length = sizeof stats;
  // Reading sets the kernel's count back to 0.
  if (getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0)
    drops_ += stats.tp_drops;
  return drops_;
}

}  // namespace hopcost::pktgen
