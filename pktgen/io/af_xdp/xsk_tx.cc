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

/// Frames owed; if frames span several chunks, a lower bound.
std::uint64_t owed_of(const XskSocket& socket) noexcept {
  const std::uint32_t per_frame = socket.chunks_per_frame();
  return (socket.tx.held() + per_frame - 1) / per_frame;
}

}  // namespace

XskTx::XskTx(std::vector<std::shared_ptr<XskSocket>> sockets, TxLedger ledger,
             std::optional<HardwareClock> clock)
    : sockets_(std::move(sockets)), socket_(sockets_.front().get()), ledger_(std::move(ledger)) {
  free_.resize(socket_->tx_frames());
  for (std::uint32_t i = socket_->tx_frames(); i-- > 0;) free_[free_count_++] = address_of(i);
  if (socket_->chunks_per_frame() > 1) chunks_out_.assign(socket_->tx_frames(), 0);
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
  if (const std::uint32_t room = socket_->longest_frame(); frame.size() > room) {
    const char* other =
        socket_->mode() == XdpMode::kZeroCopy ? "; mode=copy takes longer ones since Linux 6.6" : "";
    return error(Exit::kUsage, fmt::format("af_xdp holds a frame in {} bytes", room),
                 fmt::format("the most it takes here is a size of {} bytes{}", room + kFcsBytes, other));
  }
  flush();
  if (owed() > 0)
    return error(Exit::kFailure, "the device has not taken the frames of an earlier run",
                 "close the port and open it again");
  reclaim();
  length_ = static_cast<std::uint32_t>(frame.size());
  // Fills frames that are still on their way as well: in copy mode the kernel has copied them.
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
  const std::uint32_t n = socket_->completion.available(socket_->chunks());
  if (n == 0) return;
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint64_t chunk = socket_->completion[i];
    if (!chunks_out_.empty()) [[unlikely]] {
      const auto frame = static_cast<std::uint32_t>(chunk / socket_->frame_bytes());
      if (--chunks_out_[frame] > 0) continue;
      free_[free_count_++] = address_of(frame);
    } else {
      free_[free_count_++] = chunk;
    }
    if (departures_) departures_->take(free_[free_count_ - 1]);
  }
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
  for (std::uint32_t i = 0; i < n; ++i) queue(free_[--free_count_], length_);
  given_count_ += n;
  socket_->tx.submit();
  flush();
}

void XskTx::send(std::span<const std::uint16_t> lengths) noexcept {
  if (departures_) ask(static_cast<std::uint32_t>(lengths.size()));
  for (const std::uint16_t length : lengths) queue(free_[--free_count_], length);
  given_count_ += lengths.size();
  socket_->tx.submit();
  flush();
}

inline void XskTx::queue(std::uint64_t address, std::uint32_t length) noexcept {
  if (chunks_out_.empty()) [[likely]] {
    socket_->tx.next() = {.addr = address, .len = length, .options = options_};
  } else {
    queue_chunks(address, length);
  }
}

/// Writes a descriptor for each chunk of the frame.
void XskTx::queue_chunks(std::uint64_t address, std::uint32_t length) noexcept {
  std::uint8_t& out = chunks_out_[address / socket_->frame_bytes()];
  for (std::uint32_t options = options_; length > 0; options = 0) {
    const auto room = static_cast<std::uint32_t>(socket_->chunk_bytes() - address % socket_->chunk_bytes());
    const std::uint32_t part = std::min(length, room);
    length -= part;
    socket_->tx.next() = {
        .addr = address, .len = part, .options = options | (length > 0 ? XDP_PKT_CONTD : 0u)};
    address += part;
    ++out;
  }
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

void XskTx::send_back(XskRx& rx, std::span<const std::uint8_t> which) noexcept {
  XskSocket& socket = rx.lender();
  for (const std::uint8_t i : which) socket.tx.next() = rx.give_up(i);
  given_count_ += which.size();
  socket.tx.submit();
  kick(socket);
}

void XskTx::flush() noexcept {
  for (const auto& socket : sockets_) kick(*socket);
}

void XskTx::kick(XskSocket& socket) noexcept {
  // In copy mode the system call itself sends, and busy polling is done by system calls.
  const bool zero_copy = socket.mode() == XdpMode::kZeroCopy;
  if (zero_copy && !socket.busy_polls() && !socket.tx.needs_wakeup()) return;
  for (std::uint64_t before = owed_of(socket); before > 0;) {
    const bool sent = sendto(socket.fd(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) >= 0;
    // In copy mode this means that the device dropped one frame, which the kernel has finished with
    // (net/xdp/xsk.c). The ring's consumer index may lag behind then; the next call reports the next frame.
    if (!sent && errno == EBUSY && !zero_copy) {
      ++refused_;
      continue;
    }
    // EAGAIN: its budget for one call is spent, or the queue is full; EBUSY, ENOBUFS: try later.
    if (!sent && errno != EAGAIN && errno != EBUSY && errno != ENOBUFS && errno != EINTR) {
      failed_ = errno;
      return;
    }
    const std::uint64_t after = owed_of(socket);
    if (after >= before) return;
    before = after;
  }
}

std::uint64_t XskTx::owed() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& socket : sockets_) sum += owed_of(*socket);
  return sum;
}

std::uint64_t XskTx::errors() const noexcept {
  std::uint64_t invalid = 0;
  for (const auto& socket : sockets_) {
    xdp_statistics s{};
    socklen_t length = sizeof s;
    if (getsockopt(socket->fd(), SOL_XDP, XDP_STATISTICS, &s, &length) == 0) invalid += s.tx_invalid_descs;
  }
  return invalid + refused_ + lost_;
}

void XskTx::settle() noexcept {
  const std::uint64_t gone = refused_ + owed();
  lost_ = ledger_.lost(given_count_ > gone ? given_count_ - gone : 0, refused_);
}

}  // namespace hopcost::pktgen
