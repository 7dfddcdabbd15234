#include "pktgen/io/af_xdp/xsk_socket.h"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

#include "pktgen/io/port.h"
#include "wire/layout.h"

namespace hopcost::pktgen {
namespace {

// A frame is received behind this (XDP_PACKET_HEADROOM).
constexpr std::uint32_t kHeadroom = 256;
constexpr std::uint32_t kPage = 4096;

// Packets the kernel takes from the ring at one call in copy mode, 32 by default; since Linux 6.17
// (XDP_MAX_TX_SKB_BUDGET in linux/if_xdp.h). Older kernels refuse it, and get more calls instead.
constexpr int kMaxTxSkbBudget = 9;

/// Pages of the area count as locked memory without CAP_IPC_LOCK. What can't be raised may still be enough.
void raise_locked_memory() {
  const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MEMLOCK, &all);
}

/// Copy and skb differ by where the XDP program sits, and a socket that only sends has none.
std::vector<XdpMode> modes_to_try(const XskRequest& r) {
  if (r.mode != XdpMode::kBest) return {r.mode};
  if (!r.receive) return {XdpMode::kZeroCopy, XdpMode::kCopy};
  return {XdpMode::kZeroCopy, XdpMode::kCopy, XdpMode::kSkb};
}

std::string hint_for(int err) {
  switch (err) {
    case EPERM:
      return "needs CAP_NET_RAW (and CAP_NET_ADMIN, CAP_BPF to receive): run with sudo";
    case ENOBUFS:
    case ENOMEM:
      return "locked memory is used up: raise ulimit -l, or open fewer ports at once";
    case EBUSY:
      return "the queue has an AF_XDP socket already";
    case EINVAL:
      return "is there such a queue? see ethtool -l";
    default:
      return "";
  }
}

}  // namespace

Result<void> XskSocket::make_area(const XskRequest& r) {
  const std::uint32_t need = r.mtu + layout::kEthBytes + layout::kVlanBytes + (r.receive ? kHeadroom : 0);
  frame_bytes_ = need <= 2048 ? 2048 : kPage;
  if (r.receive && need > kPage) {
    return error(Exit::kUsage,
                 fmt::format("af_xdp holds a frame in one page, and {} has an MTU of {}", r.device, r.mtu),
                 fmt::format("ip link set {} mtu {}, or use af_packet", r.device, kPage - kHeadroom - 18));
  }
  tx_frames_ = r.send ? kFrames : 0;
  rx_frames_ = r.receive ? kFrames : 0;
  const std::size_t bytes = std::size_t{frame_bytes_} * (tx_frames_ + rx_frames_);
  auto area = MappedMemory::map(bytes);
  if (!area) return forward(area);
  area_ = std::move(*area);
  raise_locked_memory();
  const xsk_umem_config config{.fill_size = kFrames,
                               .comp_size = kFrames,
                               .frame_size = frame_bytes_,
                               .frame_headroom = 0,
                               .flags = 0};
  if (const int err = xsk_umem__create(&umem_, area_.data(), bytes, &fill, &completion, &config); err != 0) {
    return errno_error(-err, "register memory for AF_XDP frames", hint_for(-err));
  }
  return {};
}

Result<void> XskSocket::attach(const XskRequest& r) {
  for (std::uint32_t i = 0; i < rx_frames_; ++i) {
    std::uint32_t at = 0;
    xsk_ring_prod__reserve(&fill, 1, &at);  // the ring has a place for each frame
    *xsk_ring_prod__fill_addr(&fill, at) = std::uint64_t{tx_frames_ + i} * frame_bytes_;
    xsk_ring_prod__submit(&fill, 1);
  }
  redirect_ = r.redirect;
  if (!redirect_) {
    auto program = RedirectProgram::attach(r.ifindex, mode_ == XdpMode::kSkb, r.stamps);
    if (!program) return forward(program);
    redirect_ = std::make_shared<const RedirectProgram>(std::move(*program));
  }
  return redirect_->add(r.queue, fd());
}

/// Documentation/networking/napi.rst, "Busy polling": the queue's interrupts stay off as long as it is polled
/// in time.
Result<void> XskSocket::set_busy_poll(const XskRequest& r) {
  if (r.busy_poll_us == 0) return {};
  const int prefer = 1, us = static_cast<int>(r.busy_poll_us), budget = kMaxBatch;
  const auto set = [this](int option, int value) {
    return setsockopt(fd(), SOL_SOCKET, option, &value, sizeof value) == 0;
  };
  if (!set(SO_PREFER_BUSY_POLL, prefer) || !set(SO_BUSY_POLL, us) || !set(SO_BUSY_POLL_BUDGET, budget)) {
    return errno_error(errno, fmt::format("poll {} busily for {} us", r.device, us),
                       errno == EPERM ? "needs CAP_NET_ADMIN: run with sudo" : "needs Linux 5.11");
  }
  busy_polls_ = true;
  return {};
}

Result<std::shared_ptr<XskSocket>> XskSocket::try_mode(const XskRequest& r, XdpMode mode) {
  std::shared_ptr<XskSocket> s(new XskSocket);
  s->mode_ = mode;
  if (auto ok = s->make_area(r); !ok) return forward(ok);
  xsk_socket_config config{};
  config.rx_size = kFrames;
  config.tx_size = kFrames;
  config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  config.bind_flags = static_cast<std::uint16_t>(XDP_USE_NEED_WAKEUP |
                                                 (mode == XdpMode::kZeroCopy ? XDP_ZEROCOPY : XDP_COPY));
  const int err = xsk_socket__create(&s->socket_, r.device.c_str(), r.queue, s->umem_,
                                     r.receive ? &s->rx : nullptr, r.send ? &s->tx : nullptr, &config);
  if (err != 0)
    return errno_error(-err, fmt::format("bind an AF_XDP socket to {} queue {}", r.device, r.queue),
                       hint_for(-err));
  const int budget = kMaxBatch;
  setsockopt(s->fd(), SOL_XDP, kMaxTxSkbBudget, &budget, sizeof budget);
  if (auto ok = s->set_busy_poll(r); !ok) return forward(ok);
  if (r.receive) {
    if (auto ok = s->attach(r); !ok) return forward(ok);
  }
  return s;
}

Result<std::shared_ptr<XskSocket>> XskSocket::open(const XskRequest& r) {
  using namespace std::chrono_literals;
  // The kernel lets go of a closed socket's queue a moment later, from a work queue (xp_put_pool in
  // net/xdp/xsk_buff_pool.c).
  const auto patience = std::chrono::steady_clock::now() + 500ms;
  for (;;) {
    Result<std::shared_ptr<XskSocket>> last;
    bool busy = false;
    for (const XdpMode mode : modes_to_try(r)) {
      last = try_mode(r, mode);
      if (last || last.error().code == Exit::kPrivilege || last.error().code == Exit::kUsage) return last;
      busy |= last.error().err == EBUSY;
      if (busy) break;
    }
    if (!busy || std::chrono::steady_clock::now() > patience) return last;
    std::this_thread::sleep_for(10ms);
  }
}

XskSocket::~XskSocket() {
  redirect_.reset();
  if (socket_ != nullptr) xsk_socket__delete(socket_);
  if (umem_ != nullptr) xsk_umem__delete(umem_);
}

}  // namespace hopcost::pktgen
