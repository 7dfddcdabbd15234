#include "pktgen/io/af_packet/tx_ring.h"

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace hopcost::pktgen {
namespace {

constexpr std::uint32_t kSlots = 512;
constexpr int kSendBufferBytes = 8 << 20;
// Where the kernel looks for a transmit slot's data (tpacket_snd in net/packet/af_packet.c).
constexpr std::size_t kDataOffset = TPACKET2_HDRLEN - sizeof(sockaddr_ll);
// Frames up to this size are copied into the packet's own memory. Otherwise the kernel attaches the ring's
// pages, and the first local receiver has to allocate memory and copy them in the middle of the path that is
// being measured (skb_copy_ubufs).
constexpr std::size_t kMaxLinear = 2048;
constexpr std::size_t kLinearHeaders = 128;
// How long a full queue may take to empty.
constexpr std::chrono::milliseconds kPatience(10);

/// struct virtio_net_hdr of linux/virtio_net.h, which is no valid C++. Host order.
struct VirtioHeader {
  std::uint8_t flags, gso_type;
  std::uint16_t header_bytes;  // to be copied
  std::uint16_t gso_size, checksum_start, checksum_offset;
};
static_assert(sizeof(VirtioHeader) == 10);

}  // namespace

Result<PacketTx> PacketTx::open(unsigned ifindex, TxLedger ledger, bool through_qdisc) {
  auto socket = open_packet_socket();
  if (!socket) return forward(socket);
  // Asks for a header before each frame that says how much of it is copied, and that slots without a frame
  // are skipped.
  if (!set_packet_option(*socket, PACKET_VNET_HDR, 1) || !set_packet_option(*socket, PACKET_LOSS, 1))
    return errno_error(errno, "set up an AF_PACKET socket to send", "needs Linux 4.6");
  if (!through_qdisc && !set_packet_option(*socket, PACKET_QDISC_BYPASS, 1))
    return errno_error(errno, "bypass the qdisc");
  if (setsockopt(socket->get(), SOL_SOCKET, SO_SNDBUFFORCE, &kSendBufferBytes, sizeof kSendBufferBytes) !=
      0) {
    // Without CAP_NET_ADMIN the default limits what is in flight, which is enough.
    setsockopt(socket->get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
  }
  if (auto ok = bind_packet_socket(*socket, ifindex, 0); !ok) return forward(ok);
  return PacketTx(std::move(*socket), std::move(ledger));
}

tpacket2_hdr& PacketTx::header(std::size_t slot) const noexcept {
  return *reinterpret_cast<tpacket2_hdr*>(ring_.slots[slot]);
}

std::atomic_ref<std::uint32_t> PacketTx::status(std::size_t slot) const noexcept {
  return std::atomic_ref(header(slot).tp_status);
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
  skipped_ = kNone;
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
  VirtioHeader vnet{};
  vnet.header_bytes = static_cast<std::uint16_t>(bytes <= kMaxLinear ? bytes : kLinearHeaders);
  std::memcpy(slot + kDataOffset, &vnet, sizeof vnet);
}

Result<void> PacketTx::prepare(std::span<const std::byte> frame) {
  frame_offset_ = kDataOffset + sizeof(VirtioHeader);
  // A new ring costs an RCU grace period, tens of milliseconds, so runs of one frame size share a ring.
  if (frame_offset_ + frame.size() != slot_bytes_ || !all_available()) {
    if (auto ok = make_ring(frame_offset_ + frame.size()); !ok) return ok;
  }
  for (std::byte* slot : ring_.slots) {
    set_length(slot, frame.size());
    std::copy(frame.begin(), frame.end(), slot + frame_offset_);
  }
  given_ = given_up_ = refusals_ = lost_ = 0;
  refused_since_ = {};
  patient_ = true;
  failed_ = 0;
  ledger_.begin();
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
  given_ += n;
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
  given_ += lengths.size();
  flush();
}

void PacketTx::flush() noexcept {
  while (call() && is_refused()) skip();
}

/// Calls the kernel to send. True if that ended at a frame that the device did not take. The port may have
/// failed after it.
bool PacketTx::call() noexcept {
  const int err = sendto(socket_.get(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) < 0 ? errno : 0;
  count_taken();
  // EAGAIN: the socket's queue is full, the frames stay owed.
  if (err != 0 && err != EAGAIN && err != ENOBUFS && err != EINTR) failed_ = err;
  if (err != ENOBUFS || owed_ == 0) return false;
  ++refusals_;
  return true;
}

/// After a call that ended at the oldest frame owed: whether that frame is to be given up. A device whose
/// queue is full counts nothing; a device that drops frames counts them.
bool PacketTx::is_refused() noexcept {
  if (!patient_) return true;
  const auto now = std::chrono::steady_clock::now();
  if (refused_since_ == std::chrono::steady_clock::time_point{}) refused_since_ = now;
  if (now - refused_since_ < kPatience) return false;
  refused_since_ = {};
  const std::uint64_t before = ledger_.dropped();
  return call() && ledger_.dropped() > before;
}

/// Gives up the oldest owed frame: the kernel skips a slot that is shorter than the header before a frame.
void PacketTx::skip() noexcept {
  skipped_ = taken_;
  skipped_length_ = std::exchange(header(taken_).tp_len, 0);
  ++given_up_;
  patient_ = false;
}

void PacketTx::count_taken() noexcept {
  while (owed_ > 0 && status(taken_).load(std::memory_order_acquire) != TP_STATUS_SEND_REQUEST) {
    if (taken_ == skipped_) {
      header(taken_).tp_len = skipped_length_;
      skipped_ = kNone;
    } else {
      patient_ = true;
      refused_since_ = {};
    }
    taken_ = next(taken_);
    --owed_;
  }
}

}  // namespace hopcost::pktgen
