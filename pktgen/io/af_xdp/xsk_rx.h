// The receiving half of an AF_XDP socket. One owner thread. Frames carry no kernel stamp here, so the
// receiver polls without sleeping and reads the clock itself, but for frames that the NIC has stamped.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "pktgen/io/af_xdp/xsk_socket.h"
#include "pktgen/io/clock/hardware_clock.h"
#include "pktgen/io/link_watch.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

class XskRx {
 public:
  /// `link` is of the socket's device. `clock`: of the stamps that the socket gives, when it does.
  XskRx(std::shared_ptr<XskSocket> socket, std::shared_ptr<LinkWatch> link,
        std::optional<HardwareClock> clock)
      : socket_(std::move(socket)), link_(std::move(link)), clock_(std::move(clock)) {}

  [[nodiscard]] std::uint32_t receive(std::span<RxFrame> out) noexcept;
  void release() noexcept;
  void wait(std::chrono::milliseconds) noexcept;
  [[nodiscard]] std::uint64_t drops() noexcept;
  [[nodiscard]] int failed() const noexcept { return link_->fault(); }
  [[nodiscard]] static const char* stamp_name() noexcept { return "hardware"; }

 private:
  /// What stands before a frame, taken away, so that it is not read again behind a driver that leaves none.
  [[nodiscard]] std::uint64_t take_stamp(std::uint64_t frame) noexcept;

  std::shared_ptr<XskSocket> socket_;
  std::shared_ptr<LinkWatch> link_;
  std::optional<HardwareClock> clock_;
  std::uint32_t lent_ = 0;
  std::uint32_t idle_ = 0;
  std::array<std::uint64_t, kMaxBatch> addresses_{};
};

}  // namespace hopcost::pktgen
