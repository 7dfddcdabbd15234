#include "pktgen/io/af_xdp/xsk_rx.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "pktgen/io/af_xdp/newer_kernel.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint64_t kGivenUp = ~std::uint64_t{0};

}  // namespace

XskRx::XskRx(std::vector<std::shared_ptr<XskSocket>> sockets, std::shared_ptr<LinkWatch> link,
             std::optional<HardwareClock> clock)
    : sockets_(std::move(sockets)), link_(std::move(link)), clock_(std::move(clock)) {
  // As many entries as one call may take.
  const XskSocket& any = *sockets_.front();
  if (any.chunks_per_frame() > 1) gathered_.resize(addresses_.size() * any.chunk_bytes());
}

std::uint64_t XskRx::take_stamp(std::byte* frame) noexcept {
  std::uint64_t stamp = 0;
  std::byte* at = frame - sizeof stamp;
  std::memcpy(&stamp, at, sizeof stamp);
  std::memset(at, 0, sizeof stamp);
  return stamp;
}

std::uint32_t XskRx::receive(std::span<RxFrame> out) noexcept {
  const auto most = static_cast<std::uint32_t>(std::min(out.size(), addresses_.size()));
  lent_ = 0;
  for (std::size_t looked = 0; looked < sockets_.size() && lent_ == 0; ++looked) {
    turn_ = turn_ + 1 < sockets_.size() ? turn_ + 1 : 0;
    if (sockets_[turn_]->sends_back()) sockets_[turn_]->recycle();
    lent_ = sockets_[turn_]->rx.available(most);
  }
  const XskSocket& lender = *sockets_[turn_];
  if (lender.chunks_per_frame() > 1) return receive_chunks(lender, lent_, out);
  for (std::uint32_t i = 0; i < lent_; ++i) {
    const xdp_desc& d = lender.rx[i];
    addresses_[i] = d.addr - d.addr % lender.chunk_bytes();
    std::byte* frame = lender.frame(d.addr);
    out[i] = {.bytes = {frame, d.len}, .rx_ns = clock_ ? clock_->to_ns(take_stamp(frame)) : 0};
  }
  return lent_;
}

/// Frames of one chunk stay where they are; the chunks of others are copied together. The kernel gives all
/// chunks of a frame at once, but there may be more chunks than we look at: the rest is for the next call.
std::uint32_t XskRx::receive_chunks(const XskSocket& lender, std::uint32_t chunks,
                                    std::span<RxFrame> out) noexcept {
  std::uint32_t frames = 0, taken = 0;
  std::byte* room = gathered_.data();
  for (std::uint32_t i = 0; i < chunks; ++i) {
    const xdp_desc& d = lender.rx[i];
    addresses_[i] = d.addr - d.addr % lender.chunk_bytes();
    if ((d.options & XDP_PKT_CONTD) != 0) continue;
    std::byte* const first = lender.frame(lender.rx[taken].addr);
    out[frames].rx_ns = clock_ ? clock_->to_ns(take_stamp(first)) : 0;
    out[frames].bytes = {first, d.len};
    if (i > taken) {
      std::byte* end = room;
      for (; taken <= i; ++taken) {
        const xdp_desc& part = lender.rx[taken];
        end = std::copy_n(lender.frame(part.addr), part.len, end);
      }
      out[frames].bytes = {room, end};
      room = end;
    }
    taken = i + 1;
    ++frames;
  }
  lent_ = taken;
  return frames;
}

xdp_desc XskRx::give_up(std::uint32_t i) noexcept {
  const xdp_desc& d = lender().rx[i];
  addresses_[i] = kGivenUp;
  return {.addr = d.addr, .len = d.len, .options = 0};
}

void XskRx::release() noexcept {
  if (lent_ == 0) return;
  XskSocket& lender = *sockets_[turn_];
  lender.rx.release(lent_);
  for (std::uint32_t i = 0; i < lent_; ++i)
    if (addresses_[i] != kGivenUp) lender.fill.next() = addresses_[i];
  lender.fill.submit();
  lent_ = 0;
}

void XskRx::wait(std::chrono::milliseconds) noexcept {
  cpu_relax();
  constexpr std::uint32_t kNowAndThen = 4096;
  if (clock_ && ++idle_ % kNowAndThen == 0) clock_->follow();
  for (const auto& socket : sockets_)
    if (socket->busy_polls() || socket->fill.needs_wakeup())
      recvfrom(socket->fd(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
}

std::uint64_t XskRx::drops() noexcept {
  std::uint64_t sum = 0;
  for (const auto& socket : sockets_) {
    xdp_statistics s{};
    socklen_t length = sizeof s;
    if (getsockopt(socket->fd(), SOL_XDP, XDP_STATISTICS, &s, &length) == 0)
      sum += s.rx_dropped + s.rx_ring_full +
             // In copy mode these are among rx_dropped; a driver does not report its drops otherwise.
             (socket->mode() == XdpMode::kZeroCopy ? s.rx_fill_ring_empty_descs : 0);
  }
  return sum;
}

}  // namespace hopcost::pktgen
