#include "pktgen/io/af_xdp/xsk_socket.h"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "pktgen/io/af_xdp/newer_kernel.h"
#include "pktgen/io/af_xdp/xsk_ways.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {
namespace {

/// Without CAP_IPC_LOCK the area's pages count as locked memory. If the limit can't be raised it may still be
/// enough.
void raise_locked_memory() {
  const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MEMLOCK, &all);
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

/// A receiver's failure, reworded if the MTU is the cause.
Result<std::shared_ptr<XskSocket>> explained(Result<std::shared_ptr<XskSocket>> failed, const XskRequest& r) {
  const int err = failed.error().err;
  if (!r.receive || bytes_for(r) <= kXskPage || (err != EINVAL && err != EOPNOTSUPP && err != ERANGE))
    return failed;
  return error(
      Exit::kUsage,
      fmt::format(
          "{} has an MTU of {}, and af_xdp receives {} bytes at most here: longer frames need Linux 6.6 "
          "and a driver that has them (XDP_USE_SG)",
          r.device, r.mtu, kXskPage - kXdpHeadroom),
      fmt::format("ip link set {} mtu {}, or use af_packet", r.device, kXskPage - kXdpHeadroom - 18));
}

}  // namespace

Result<void> XskSocket::make_area(const XskRequest& r) {
  chunks_ = r.chunks;
  chunk_bytes_ = bytes_for(r) <= 2048 ? 2048 : kXskPage;
  if (multi_buffer_) chunks_per_frame_ = (bytes_for(r) + kXskPage - 1) / kXskPage;
  sends_back_ = r.send && r.send_back && !multi_buffer_;
  tx_frames_ = r.send && !sends_back_ ? chunks_ / chunks_per_frame_ : 0;
  const std::uint32_t chunks = tx_frames_ * chunks_per_frame_ + (r.receive ? chunks_ : 0);
  const std::size_t bytes = std::size_t{chunk_bytes_} * chunks;
  auto area = MappedMemory::map_near(r.numa, bytes);
  if (!area) return forward(area);
  area_ = std::move(*area);
  raise_locked_memory();
  return register_area(r, bytes);
}

/// Registers the area, with room for metadata if wanted. Kernels before 6.11 have no flag for that and take
/// it without. Those before 6.8 have no metadata, but no driver of theirs uses any.
Result<void> XskSocket::register_area(const XskRequest& r, std::size_t bytes) {
  UmemRegistration area{.addr = reinterpret_cast<std::uintptr_t>(area_.data()),
                        .len = bytes,
                        .chunk_size = chunk_bytes_,
                        .headroom = 0,
                        .flags = r.metadata ? XDP_UMEM_TX_METADATA_LEN : 0u,
                        .tx_metadata_len = r.metadata ? kTxMetadataBytes : 0};
  metadata_bytes_ = area.tx_metadata_len;
  const auto done = [&] { return setsockopt(fd(), SOL_XDP, XDP_UMEM_REG, &area, sizeof area) == 0; };
  if (done()) return {};
  if (r.metadata && errno == EINVAL) {
    area.flags = 0;
    if (done()) return {};
  }
  return errno_error(errno, "register memory for AF_XDP frames", hint_for(errno));
}

template <class Ring>
Result<void> XskSocket::make_ring(Ring& ring, int option) {
  const std::uint32_t size = chunks_;
  xdp_mmap_offsets all{};
  socklen_t length = sizeof all;
  if (setsockopt(fd(), SOL_XDP, option, &size, sizeof size) != 0 ||
      getsockopt(fd(), SOL_XDP, XDP_MMAP_OFFSETS, &all, &length) != 0)
    return errno_error(errno, "make a ring for AF_XDP frames", hint_for(errno));
  const auto place = [&]() -> std::pair<const xdp_ring_offset&, off_t> {
    switch (option) {
      case XDP_RX_RING:
        return {all.rx, XDP_PGOFF_RX_RING};
      case XDP_TX_RING:
        return {all.tx, XDP_PGOFF_TX_RING};
      case XDP_UMEM_FILL_RING:
        return {all.fr, static_cast<off_t>(XDP_UMEM_PGOFF_FILL_RING)};
      default:
        return {all.cr, static_cast<off_t>(XDP_UMEM_PGOFF_COMPLETION_RING)};
    }
  }();
  auto memory =
      MappedMemory::map(place.first.desc + chunks_ * sizeof(typename Ring::Entry), fd(), place.second);
  if (!memory) return forward(memory);
  ring = Ring(std::move(*memory), place.first, chunks_);
  return {};
}

/// The kernel requires a fill and a completion ring for every area.
Result<void> XskSocket::make_rings(const XskRequest& r) {
  if (auto ok = make_ring(fill, XDP_UMEM_FILL_RING); !ok) return ok;
  if (auto ok = make_ring(completion, XDP_UMEM_COMPLETION_RING); !ok) return ok;
  if (r.receive) {
    if (auto ok = make_ring(rx, XDP_RX_RING); !ok) return ok;
  }
  return r.send ? make_ring(tx, XDP_TX_RING) : Result<void>{};
}

Result<void> XskSocket::bind_to(const XskRequest& r) const {
  const int how = XDP_USE_NEED_WAKEUP | (mode_ == XdpMode::kZeroCopy ? XDP_ZEROCOPY : XDP_COPY) |
                  (multi_buffer_ ? XDP_USE_SG : 0);
  const sockaddr_xdp place{.sxdp_family = AF_XDP,
                           .sxdp_flags = static_cast<std::uint16_t>(how),
                           .sxdp_ifindex = r.ifindex,
                           .sxdp_queue_id = r.queue,
                           .sxdp_shared_umem_fd = 0};
  if (bind(fd(), reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0) return {};
  return errno_error(errno, fmt::format("bind an AF_XDP socket to {} queue {}", r.device, r.queue),
                     hint_for(errno));
}

/// A sender's program passes everything on to the stack.
Result<void> XskSocket::attach(const XskRequest& r) {
  if (!needs_program(r, mode_)) return {};
  redirect_ = r.redirect;
  if (!redirect_) {
    auto program = program_for(r, RedirectProgram::attach(r.ifindex, {.skb = mode_ == XdpMode::kSkb,
                                                                      .stamps = r.stamps,
                                                                      .multi_buffer = multi_buffer_}));
    if (!program) return forward(program);
    if (*program) redirect_ = std::make_shared<const RedirectProgram>(std::move(**program));
  }
  if (!r.receive) return {};
  const std::uint32_t first = tx_frames_ * chunks_per_frame_;
  for (std::uint32_t i = 0; i < chunks_; ++i) fill.next() = std::uint64_t{first + i} * chunk_bytes_;
  fill.submit();
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

Result<std::shared_ptr<XskSocket>> XskSocket::try_way(const XskRequest& r, const XskWay& way) {
  std::shared_ptr<XskSocket> s(new XskSocket);
  s->mode_ = way.mode;
  s->multi_buffer_ = way.multi_buffer;
  s->fd_ = Fd(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!s->fd_.valid()) return errno_error(errno, "open an AF_XDP socket", hint_for(errno));
  if (auto ok = s->make_area(r); !ok) return forward(ok);
  if (auto ok = s->make_rings(r); !ok) return forward(ok);
  if (auto ok = s->bind_to(r); !ok) return forward(ok);
  // How many packets the kernel takes from the ring per call in copy mode, 32 by default. Kernels that refuse
  // the option get more calls instead.
  const int budget = kMaxBatch;
  setsockopt(s->fd(), SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &budget, sizeof budget);
  if (auto ok = s->set_busy_poll(r); !ok) return forward(ok);
  if (auto ok = s->attach(r); !ok) return forward(ok);
  return s;
}

Result<std::shared_ptr<XskSocket>> XskSocket::open(const XskRequest& r) {
  using namespace std::chrono_literals;
  // The kernel releases a closed socket's queue a moment later, from a work queue (xp_put_pool in
  // net/xdp/xsk_buff_pool.c).
  const auto patience = std::chrono::steady_clock::now() + 500ms;
  for (;;) {
    auto opened = open_first(r, [&](const XskWay& way) { return try_way(r, way); });
    if (opened) return opened;
    if (opened.error().err != EBUSY || std::chrono::steady_clock::now() > patience)
      return explained(std::move(opened), r);
    std::this_thread::sleep_for(10ms);
  }
}

void XskSocket::recycle() noexcept {
  const std::uint32_t n = completion.available(chunks_);
  if (n == 0) return;
  for (std::uint32_t i = 0; i < n; ++i) fill.next() = completion[i] - completion[i] % chunk_bytes_;
  completion.release(n);
  fill.submit();
}

XskSocket::~XskSocket() {
  redirect_.reset();  // before the socket it redirects to
}

}  // namespace hopcost::pktgen
