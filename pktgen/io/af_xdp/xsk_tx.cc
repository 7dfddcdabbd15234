#include "pktgen/io/af_xdp/xsk_tx.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/units.h"

namespace hopcost::pktgen {

XskTx::XskTx(std::shared_ptr<XskSocket> socket) : socket_(std::move(socket)) {
  for (std::uint32_t i = socket_->tx_frames(); i-- > 0;)
    free_[free_count_++] = std::uint64_t{i} * socket_->frame_bytes();
}

Result<void> XskTx::prepare(std::span<const std::byte> frame) {
  if (frame.size() > socket_->frame_bytes()) {
    return error(
        Exit::kUsage, fmt::format("af_xdp holds a frame in {} bytes", socket_->frame_bytes()),
        fmt::format("the most it takes here is a size of {} bytes", socket_->frame_bytes() + kFcsBytes));
  }
  flush();
  if (owed() > 0)
    return error(Exit::kFailure, "the device has not taken the frames of an earlier run",
                 "close the port and open it again");
  reclaim();
  length_ = static_cast<std::uint32_t>(frame.size());
  // Frames that are on their way are filled as well: in copy mode the kernel has copied them.
  for (std::uint32_t i = 0; i < socket_->tx_frames(); ++i) {
    std::copy(frame.begin(), frame.end(), socket_->frame(std::uint64_t{i} * socket_->frame_bytes()));
  }
  return {};
}

void XskTx::reclaim() noexcept {
  std::uint32_t at = 0;
  const std::uint32_t n = xsk_ring_cons__peek(&socket_->completion, XskSocket::kFrames, &at);
  for (std::uint32_t i = 0; i < n; ++i)
    free_[free_count_++] = *xsk_ring_cons__comp_addr(&socket_->completion, at + i);
  if (n > 0) xsk_ring_cons__release(&socket_->completion, n);
}

std::span<std::byte* const> XskTx::lend(std::uint32_t n) noexcept {
  reclaim();
  const std::uint32_t lent = std::min(n, free_count_);
  for (std::uint32_t i = 0; i < lent; ++i) lent_[i] = socket_->frame(free_[free_count_ - 1 - i]);
  return std::span(lent_).first(lent);
}

void XskTx::send(std::uint32_t n) noexcept {
  std::uint32_t at = 0;
  // The ring has a place for each frame there is, so this never fails.
  xsk_ring_prod__reserve(&socket_->tx, n, &at);
  for (std::uint32_t i = 0; i < n; ++i) {
    *xsk_ring_prod__tx_desc(&socket_->tx, at + i) = {
        .addr = free_[--free_count_], .len = length_, .options = 0};
  }
  xsk_ring_prod__submit(&socket_->tx, n);
  flush();
}

void XskTx::send(std::span<const std::uint16_t> lengths) noexcept {
  std::uint32_t at = 0;
  xsk_ring_prod__reserve(&socket_->tx, static_cast<std::uint32_t>(lengths.size()), &at);
  for (const std::uint16_t length : lengths) {
    *xsk_ring_prod__tx_desc(&socket_->tx, at++) = {.addr = free_[--free_count_], .len = length, .options = 0};
  }
  xsk_ring_prod__submit(&socket_->tx, static_cast<std::uint32_t>(lengths.size()));
  flush();
}

void XskTx::flush() noexcept {
  // In copy mode the call itself sends; busy polling is done by calls.
  const bool driver_sends = socket_->mode() == XdpMode::kZeroCopy && !socket_->busy_polls();
  if (driver_sends && xsk_ring_prod__needs_wakeup(&socket_->tx) == 0) return;
  for (std::uint64_t before = owed(); before > 0;) {
    if (sendto(socket_->fd(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) < 0) {
      // EAGAIN: its budget for one call is spent, or the queue is full; EBUSY, ENOBUFS: try later.
      if (errno != EAGAIN && errno != EBUSY && errno != ENOBUFS && errno != EINTR) {
        failed_ = errno;
        return;
      }
    }
    const std::uint64_t after = owed();
    if (after >= before) return;
    before = after;
  }
}

std::uint64_t XskTx::owed() const noexcept {
  const auto& ring = socket_->tx;
  return __atomic_load_n(ring.producer, __ATOMIC_RELAXED) - __atomic_load_n(ring.consumer, __ATOMIC_ACQUIRE);
}

std::uint64_t XskTx::errors() const noexcept {
  xdp_statistics s{};
  socklen_t length = sizeof s;
  return getsockopt(socket_->fd(), SOL_XDP, XDP_STATISTICS, &s, &length) == 0 ? s.tx_invalid_descs : 0;
}

}  // namespace hopcost::pktgen
