#include "campaign/doctor/try_sockets.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/fd.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif

namespace hopcost::campaign {
namespace {

constexpr unsigned kPage = 4096;
constexpr unsigned kRingBytes = 16 * kPage;

/// Anonymous memory, or a socket's ring; the destructor unmaps it.
class Mapping {
 public:
  Mapping(std::size_t bytes, int fd)
      : bytes_(bytes),
        at_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED,
                   fd, 0)) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (valid()) ::munmap(at_, bytes_);
  }
  [[nodiscard]] bool valid() const { return at_ != MAP_FAILED; }
  [[nodiscard]] std::uint8_t* data() const { return static_cast<std::uint8_t*>(at_); }

 private:
  std::size_t bytes_;
  void* at_;
};

template <class T>
Result<void> set_option(const Fd& fd, int level, int option, const T& value, const char* what) {
  if (::setsockopt(fd.get(), level, option, &value, sizeof value) != 0) return errno_error(errno, what);
  return {};
}

Result<Fd> packet_socket(int version) {
  Fd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno_error(errno, "open a packet socket");
  if (auto r = set_option(fd, SOL_PACKET, PACKET_VERSION, version, "choose the ring's version"); !r)
    return forward(r);
  return fd;
}

Result<void> bind_packet(const Fd& fd) {
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = htons(ETH_P_ALL);
  at.sll_ifindex = static_cast<int>(::if_nametoindex("lo"));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    return errno_error(errno, "bind a packet socket");
  return {};
}

constexpr tpacket_req kRing2{kPage, kRingBytes / kPage, kPage / 2, 2 * kRingBytes / kPage};

Result<void> try_tx_ring() {
  auto fd = packet_socket(TPACKET_V2);
  if (!fd) return forward(fd);
  if (auto r = set_option(*fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1, "bypass the queueing discipline"); !r)
    return r;
  if (auto r = set_option(*fd, SOL_PACKET, PACKET_TX_RING, kRing2, "make a transmit ring"); !r) return r;
  return bind_packet(*fd);
}

Result<void> try_rx_ring() {
  auto fd = packet_socket(TPACKET_V3);
  if (!fd) return forward(fd);
  tpacket_req3 ring{};
  ring.tp_block_size = kRingBytes;
  ring.tp_block_nr = 1;
  ring.tp_frame_size = kPage / 2;
  ring.tp_frame_nr = 2 * kRingBytes / kPage;
  if (auto r = set_option(*fd, SOL_PACKET, PACKET_RX_RING, ring, "make a TPACKET_V3 receive ring"); !r)
    return r;
  return bind_packet(*fd);
}

Result<void> make_xdp_rings(const Fd& fd, const Mapping& memory) {
  xdp_umem_reg reg{};
  reg.addr = reinterpret_cast<std::uintptr_t>(memory.data());
  reg.len = kRingBytes;
  reg.chunk_size = kPage;
  if (auto r = set_option(fd, SOL_XDP, XDP_UMEM_REG, reg, "register AF_XDP memory"); !r) return r;
  constexpr int kDescriptors = 16;
  for (const int ring : {XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_TX_RING})
    if (auto r = set_option(fd, SOL_XDP, ring, kDescriptors, "make an AF_XDP ring"); !r) return r;
  return {};
}

Result<void> send_to_self() {
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(9);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!fd.valid() || ::sendto(fd.get(), "", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0)
    return errno_error(errno, "send a datagram over lo");
  return {};
}

}  // namespace

Result<void> try_af_packet() {
  if (auto r = try_tx_ring(); !r) return r;
  return try_rx_ring();
}

Result<void> try_af_xdp() {
  const Fd fd(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno_error(errno, "open an AF_XDP socket");
  const Mapping memory(kRingBytes, -1);
  if (!memory.valid()) return errno_error(errno, "map memory");
  if (auto r = make_xdp_rings(fd, memory); !r) return r;
  sockaddr_xdp at{};
  at.sxdp_family = AF_XDP;
  at.sxdp_flags = XDP_COPY;
  at.sxdp_ifindex = ::if_nametoindex("lo");
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    return errno_error(errno, "bind an AF_XDP socket");
  return {};
}

Result<bool> software_stamps_on() {
  auto fd = packet_socket(TPACKET_V2);
  if (!fd) return forward(fd);
  if (auto r = set_option(*fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "ignore outgoing packets"); !r)
    return forward(r);
  if (auto r = set_option(*fd, SOL_PACKET, PACKET_RX_RING, kRing2, "make a receive ring"); !r)
    return forward(r);
  const Mapping ring(kRingBytes, fd->get());
  if (!ring.valid()) return errno_error(errno, "map a receive ring");
  if (auto r = bind_packet(*fd); !r) return forward(r);
  if (auto r = send_to_self(); !r) return forward(r);
  pollfd ready{fd->get(), POLLIN, 0};
  constexpr int kWaitMs = 500;
  if (::poll(&ready, 1, kWaitMs) != 1)
    return error(Exit::kFailure, "a datagram sent over lo did not come back");
  std::uint32_t status = 0;  // tp_status is the first word of tpacket2_hdr
  std::memcpy(&status, ring.data(), sizeof status);
  return (status & TP_STATUS_TS_SOFTWARE) != 0;
}

}  // namespace hopcost::campaign
