#include "pktgen/io/af_packet/tx_ring.h"

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hopcost::pktgen {
namespace {

constexpr std::uint32_t kSlots = 512;
constexpr int kSendBufferBytes = 8 << 20;
// Where the kernel looks for a transmit slot's data (tpacket_snd in net/packet/af_packet.c).
constexpr std::size_t kDataOffset = TPACKET2_HDRLEN - sizeof(sockaddr_ll);
// Frames up to here are copied into the packet's own memory. Without this the kernel attaches the ring's
// pages, and the first local receiver has to allocate and copy them in the middle of the path that is being
// measured (skb_copy_ubufs).
constexpr std::size_t kMaxLinear = 2048;
constexpr std::size_t kLinearHeaders = 128;

/// struct virtio_net_hdr of linux/virtio_net.h, which is no valid C++. Host order.
struct VirtioHeader {
  std::uint8_t flags, gso_type;
  std::uint16_t header_bytes;  // to be copied
  std::uint16_t gso_size, checksum_start, checksum_offset;
};
static_assert(sizeof(VirtioHeader) == 10);

}  // namespace

Result<PacketTx> PacketTx::open(unsigned ifindex, bool through_qdisc) {
  auto socket = open_packet_socket();
  if (!socket) return forward(socket);
  const bool vnet = set_packet_option(*socket, PACKET_VNET_HDR, 1);
  if (!through_qdisc && !set_packet_option(*socket, PACKET_QDISC_BYPASS, 1))
    return errno_error(errno, "bypass the qdisc");
  if (setsockopt(socket->get(), SOL_SOCKET, SO_SNDBUFFORCE, &kSendBufferBytes, sizeof kSendBufferBytes) !=
      0) {
    // Without CAP_NET_ADMIN the default bounds what is in flight, which is enough.
    setsockopt(socket->get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
  }
  if (auto ok = bind_packet_socket(*socket, ifindex, 0); !ok) return forward(ok);
  return PacketTx(std::move(*socket), vnet);
}

std::atomic_ref<std::uint32_t> PacketTx::status(std::size_t slot) const noexcept {
  return std::atomic_ref(reinterpret_cast<tpacket2_hdr*>(ring_.slots[slot])->tp_status);
}

Result<void> PacketTx::make_ring(std::size_t slot_bytes) {
  if (!ring_.slots.empty()) {
    if (auto ok = drop_packet_ring(socket_, PACKET_TX_RING, ring_); !ok) return ok;
  }
  auto ring = map_packet_ring(socket_, PACKET_TX_RING, slot_bytes, kSlots);
  if (!ring) return forward(ring);
  ring_ = std::move(*ring);
  slot_bytes_ = slot_bytes;
  head_ = taken_ = 0;
  owed_ = 0;
  return {};
}

bool PacketTx::all_available() const noexcept {
  for (std::size_t i = 0; i < ring_.slots.size(); ++i) {
    if (status(i).load(std::memory_order_acquire) != TP_STATUS_AVAILABLE) return false;
  }
  return true;
}

void PacketTx::set_length(std::byte* slot, std::size_t bytes) const noexcept {
  reinterpret_cast<tpacket2_hdr*>(slot)->tp_len =
      static_cast<std::uint32_t>(frame_offset_ - kDataOffset + bytes);
  if (!vnet_) return;
  VirtioHeader vnet{};
  vnet.header_bytes = static_cast<std::uint16_t>(bytes <= kMaxLinear ? bytes : kLinearHeaders);
  std::memcpy(slot + kDataOffset, &vnet, sizeof vnet);
}

Result<void> PacketTx::prepare(std::span<const std::byte> frame) {
  frame_offset_ = kDataOffset + (vnet_ ? sizeof(VirtioHeader) : 0);
  // A new ring costs the kernel an RCU grace period, tens of milliseconds: runs of one size share one.
  if (frame_offset_ + frame.size() != slot_bytes_ || !all_available()) {
    if (auto ok = make_ring(frame_offset_ + frame.size()); !ok) return ok;
  }
  for (std::byte* slot : ring_.slots) {
    set_length(slot, frame.size());
    std::copy(frame.begin(), frame.end(), slot + frame_offset_);
  }
  return {};
}

std::span<std::byte* const> PacketTx::lend(std::uint32_t n) noexcept {
  std::uint32_t lent = 0;
  for (std::size_t slot = head_; lent < n; slot = next(slot)) {
    if (status(slot).load(std::memory_order_acquire) != TP_STATUS_AVAILABLE) break;
    lent_[lent++] = ring_.slots[slot] + frame_offset_;
  }
  return std::span(lent_).first(lent);
}

void PacketTx::send(std::uint32_t n) noexcept {
  for (std::uint32_t i = 0; i < n; ++i, head_ = next(head_)) {
    status(head_).store(TP_STATUS_SEND_REQUEST, std::memory_order_release);
  }
  owed_ += n;
  flush();
}

void PacketTx::send(std::span<const std::uint16_t> lengths) noexcept {
  for (const std::uint16_t length : lengths) {
    std::byte* slot = ring_.slots[head_];
    set_length(slot, length);
    status(head_).store(TP_STATUS_SEND_REQUEST, std::memory_order_release);
    head_ = next(head_);
  }
  owed_ += lengths.size();
  flush();
}

void PacketTx::flush() noexcept {
  if (sendto(socket_.get(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) < 0) {
    // EAGAIN and ENOBUFS: the socket's or the device's queue is full, the frames stay owed.
    if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR) failed_ = errno;
  }
  count_taken();
}

void PacketTx::count_taken() noexcept {
  while (owed_ > 0) {
    const std::uint32_t s = status(taken_).load(std::memory_order_acquire);
    if (s == TP_STATUS_SEND_REQUEST) return;
    if (s == TP_STATUS_WRONG_FORMAT) {  // the ring stands still here: say so (an MTU that shrank)
      failed_ = EMSGSIZE;
      return;
    }
    taken_ = next(taken_);
    --owed_;
  }
}

}  // namespace hopcost::pktgen
