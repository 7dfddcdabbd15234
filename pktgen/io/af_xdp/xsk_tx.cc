#include "pktgen/io/af_xdp/xsk_tx.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/units.h"
#include "pktgen/io/af_xdp/xsk_departures.h"

namespace hopcost::pktgen {

namespace {

constexpr std::chrono::milliseconds kForTheLast(20);

}  // namespace

XskTx::XskTx(std::shared_ptr<XskSocket> socket, TxLedger ledger, std::optional<HardwareClock> clock)
    : socket_(std::move(socket)), ledger_(std::move(ledger)) {
  for (std::uint32_t i = socket_->tx_frames(); i-- > 0;) free_[free_count_++] = address_of(i);
  if (clock && socket_->metadata_bytes() != 0) {
    departures_ = std::make_unique<XskDepartures>(socket_->frame(0), socket_->frame_bytes(),
                                                  socket_->tx_frames(), std::move(*clock));
    options_ = XDP_TX_METADATA;
  }
}

XskTx::XskTx(XskTx&&) noexcept = default;
XskTx& XskTx::operator=(XskTx&&) noexcept = default;
XskTx::~XskTx() = default;

Result<void> XskTx::prepare(std::span<const std::byte> frame) {
  const std::uint32_t room = socket_->frame_bytes() - socket_->metadata_bytes();
  if (frame.size() > room) {
    return error(Exit::kUsage, fmt::format("af_xdp holds a frame in {} bytes", room),
                 fmt::format("the most it takes here is a size of {} bytes", room + kFcsBytes));
  }
  flush();
  if (owed() > 0)
    return error(Exit::kFailure, "the device has not taken the frames of an earlier run",
                 "close the port and open it again");
  reclaim();
  length_ = static_cast<std::uint32_t>(frame.size());
  // Frames that are on their way are filled as well: in copy mode the kernel has copied them.
  for (std::uint32_t i = 0; i < socket_->tx_frames(); ++i) {
    std::copy(frame.begin(), frame.end(), socket_->frame(address_of(i)));
  }
  if (departures_) departures_->begin();
  failed_ = 0;
  given_count_ = refused_ = lost_ = 0;
  ledger_.begin();
  return {};
}

void XskTx::reclaim() noexcept {
  const std::uint32_t n = socket_->completion.available(XskSocket::kFrames);
  if (n == 0) return;
  for (std::uint32_t i = 0; i < n; ++i) free_[free_count_++] = socket_->completion[i];
  if (departures_)
    for (std::uint32_t i = 0; i < n; ++i) departures_->take(socket_->completion[i]);
  socket_->completion.release(n);
}

std::span<std::byte* const> XskTx::lend(std::uint32_t n) noexcept {
  reclaim();
  if (departures_) departures_->follow_when_due(given_);
  const std::uint32_t lent = std::min(n, free_count_);
  for (std::uint32_t i = 0; i < lent; ++i) lent_[i] = socket_->frame(free_[free_count_ - 1 - i]);
  return std::span(lent_).first(lent);
}

void XskTx::send(std::uint32_t n) noexcept {
  if (departures_) ask(n);
  for (std::uint32_t i = 0; i < n; ++i)
    socket_->tx.next() = {.addr = free_[--free_count_], .len = length_, .options = options_};
  given_count_ += n;
  socket_->tx.submit();
  flush();
}

void XskTx::send(std::span<const std::uint16_t> lengths) noexcept {
  if (departures_) ask(static_cast<std::uint32_t>(lengths.size()));
  for (const std::uint16_t length : lengths)
    socket_->tx.next() = {.addr = free_[--free_count_], .len = length, .options = options_};
  given_count_ += lengths.size();
  socket_->tx.submit();
  flush();
}

void XskTx::ask(std::uint32_t n) noexcept {
  for (std::uint32_t i = 1; i <= n; ++i) departures_->ask(free_[free_count_ - i], given_);
}

const DepartureStamps* XskTx::departures() noexcept {
  if (!departures_) return nullptr;
  const auto end = std::chrono::steady_clock::now() + kForTheLast;
  for (reclaim(); free_count_ < socket_->tx_frames() && std::chrono::steady_clock::now() < end; reclaim())
    flush();
  return &departures_->stamps();
}

void XskTx::flush() noexcept {
  // In copy mode the call itself sends; busy polling is done by calls.
  const bool zero_copy = socket_->mode() == XdpMode::kZeroCopy;
  if (zero_copy && !socket_->busy_polls() && !socket_->tx.needs_wakeup()) return;
  for (std::uint64_t before = owed(); before > 0;) {
    const bool sent = sendto(socket_->fd(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) >= 0;
    // In copy mode this is one frame that the device dropped; the kernel is done with it (net/xdp/xsk.c). Its
    // count of what it has taken may lag behind then, and the next call tells of the next frame.
    if (!sent && errno == EBUSY && !zero_copy) {
      ++refused_;
      continue;
    }
    // EAGAIN: its budget for one call is spent, or the queue is full; EBUSY, ENOBUFS: try later.
    if (!sent && errno != EAGAIN && errno != EBUSY && errno != ENOBUFS && errno != EINTR) {
      failed_ = errno;
      return;
    }
    const std::uint64_t after = owed();
    if (after >= before) return;
    before = after;
  }
}

std::uint64_t XskTx::owed() const noexcept {
  return socket_->tx.held();
}

std::uint64_t XskTx::errors() const noexcept {
  xdp_statistics s{};
  socklen_t length = sizeof s;
  const bool told = getsockopt(socket_->fd(), SOL_XDP, XDP_STATISTICS, &s, &length) == 0;
  return (told ? s.tx_invalid_descs : 0) + refused_ + lost_;
}

void XskTx::settle() noexcept {
  const std::uint64_t gone = refused_ + owed();
  lost_ = ledger_.lost(given_count_ > gone ? given_count_ - gone : 0, refused_);
}

}  // namespace hopcost::pktgen
