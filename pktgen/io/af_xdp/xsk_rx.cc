#include "pktgen/io/af_xdp/xsk_rx.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"

namespace hopcost::pktgen {

std::uint64_t XskRx::take_stamp(std::uint64_t frame) noexcept {
  std::uint64_t stamp = 0;
  std::byte* at = socket_->frame(frame) - sizeof stamp;
  std::memcpy(&stamp, at, sizeof stamp);
  std::memset(at, 0, sizeof stamp);
  return stamp;
}

std::uint32_t XskRx::receive(std::span<RxFrame> out) noexcept {
  const auto most = static_cast<std::uint32_t>(std::min(out.size(), addresses_.size()));
  lent_ = socket_->rx.available(most);
  for (std::uint32_t i = 0; i < lent_; ++i) {
    const xdp_desc& d = socket_->rx[i];
    addresses_[i] = d.addr - d.addr % socket_->frame_bytes();
    out[i] = {.bytes = {socket_->frame(d.addr), d.len},
              .rx_ns = clock_ ? clock_->to_ns(take_stamp(d.addr)) : 0};
  }
  return lent_;
}

void XskRx::release() noexcept {
  if (lent_ == 0) return;
  socket_->rx.release(lent_);
  for (std::uint32_t i = 0; i < lent_; ++i) socket_->fill.next() = addresses_[i];
  socket_->fill.submit();
  lent_ = 0;
}

void XskRx::wait(std::chrono::milliseconds) noexcept {
  cpu_relax();
  constexpr std::uint32_t kNowAndThen = 4096;
  if (clock_ && ++idle_ % kNowAndThen == 0) clock_->follow();
  if (socket_->busy_polls() || socket_->fill.needs_wakeup())
    recvfrom(socket_->fd(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
}

std::uint64_t XskRx::drops() noexcept {
  xdp_statistics s{};
  socklen_t length = sizeof s;
  if (getsockopt(socket_->fd(), SOL_XDP, XDP_STATISTICS, &s, &length) != 0) return 0;
  return s.rx_dropped + s.rx_ring_full + s.rx_fill_ring_empty_descs;
}

}  // namespace hopcost::pktgen
