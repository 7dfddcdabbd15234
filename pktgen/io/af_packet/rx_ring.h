// The AF_PACKET receive ring, whose frames the kernel stamps. One owner thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "pktgen/io/af_packet/packet_socket.h"
#include "pktgen/io/clock/hardware_clock.h"
#include "pktgen/io/link_watch.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

/// Sees frames that come in on a device, not those that go out; not promiscuous.
class PacketRx {
 public:
  /// Binds to a device of the calling thread's namespace. Frames above the link's present MTU are cut. With
  /// `clock` the NIC's stamps are used; a frame without one gets the kernel's.
  [[nodiscard]] static Result<PacketRx> open(unsigned ifindex, std::shared_ptr<LinkWatch> link,
                                             std::optional<HardwareClock> clock);
  /// From now on each frame is received by one of these only, and all frames of a flow by the same one
  /// (PACKET_FANOUT_HASH).
  [[nodiscard]] static Result<void> share_out(const std::vector<PacketRx*>& all);

  [[nodiscard]] std::uint32_t receive(std::span<RxFrame> out) noexcept;
  void release() noexcept;
  void wait(std::chrono::milliseconds timeout) noexcept;
  [[nodiscard]] std::uint64_t drops() noexcept;
  [[nodiscard]] int failed() const noexcept { return link_->fault(); }
  /// Who stamped the frames received last.
  [[nodiscard]] const char* stamp_name() const noexcept { return hardware_ ? "hardware" : "kernel"; }

 private:
  PacketRx(Fd socket, std::shared_ptr<LinkWatch> link, PacketRing ring, std::optional<HardwareClock> clock)
      : socket_(std::move(socket)),
        link_(std::move(link)),
        ring_(std::move(ring)),
        clock_(std::move(clock)) {}
  [[nodiscard]] std::size_t next(std::size_t slot) const noexcept {
    return slot + 1 == ring_.slots.size() ? 0 : slot + 1;
  }

  Fd socket_;
  std::shared_ptr<LinkWatch> link_;
  PacketRing ring_;
  std::optional<HardwareClock> clock_;
  bool hardware_ = false;
  std::size_t head_ = 0;  // the next slot to look at
  std::size_t tail_ = 0;  // the oldest slot lent
  std::uint64_t drops_ = 0;
};

}  // namespace hopcost::pktgen
