// The AF_PACKET receive ring, stamped by the kernel. One owner thread.
#pragma once

#include <cstdint>

#include "pktgen/io/af_packet/packet_socket.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

/// Sees what comes in on a device, never what goes out; not promiscuous.
class PacketRx {
 public:
  /// Binds to a device of the calling thread's namespace; frames above `mtu` and an Ethernet header with a
  /// tag are cut.
  [[nodiscard]] static Result<PacketRx> open(unsigned ifindex, std::uint32_t mtu);
  /// From now on each frame comes in at one of these alone, all of a flow at the same (PACKET_FANOUT_HASH).
  [[nodiscard]] static Result<void> share_out(const std::vector<PacketRx*>& all);

  [[nodiscard]] std::uint32_t receive(std::span<RxFrame> out) noexcept;
  void release() noexcept;
  void wait(std::chrono::milliseconds timeout) noexcept;
  [[nodiscard]] std::uint64_t drops() noexcept;
  [[nodiscard]] int failed() const noexcept { return failed_; }

 private:
  PacketRx(Fd socket, PacketRing ring) : socket_(std::move(socket)), ring_(std::move(ring)) {}
  [[nodiscard]] std::size_t next(std::size_t slot) const noexcept {
    return slot + 1 == ring_.slots.size() ? 0 : slot + 1;
  }

  Fd socket_;
  PacketRing ring_;
  std::size_t head_ = 0;  // next slot to look at
  std::size_t tail_ = 0;  // oldest slot lent
  std::uint64_t drops_ = 0;
  int failed_ = 0;
};

}  // namespace hopcost::pktgen
