// The receiving half of an AF_XDP socket, or of several (one per queue of a device), which take turns. One
// owner thread. Frames have no kernel stamp here. So the receiver polls without sleeping and reads the clock
// itself, except for frames that the NIC has stamped.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "pktgen/io/af_xdp/xsk_socket.h"
#include "pktgen/io/clock/hardware_clock.h"
#include "pktgen/io/link_watch.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

class XskRx {
 public:
  /// At least one socket, all on the device of `link`. `clock`: that of the frames' stamps, if there are any.
  XskRx(std::vector<std::shared_ptr<XskSocket>> sockets, std::shared_ptr<LinkWatch> link,
        std::optional<HardwareClock> clock);

  [[nodiscard]] std::uint32_t receive(std::span<RxFrame> out) noexcept;
  void release() noexcept;
  void wait(std::chrono::milliseconds) noexcept;
  [[nodiscard]] std::uint64_t drops() noexcept;
  [[nodiscard]] int failed() const noexcept { return link_->fault(); }
  [[nodiscard]] static const char* stamp_name() noexcept { return "hardware"; }

  // For XskTx::send_back().
  /// The socket whose frames are lent.
  [[nodiscard]] XskSocket& lender() noexcept { return *sockets_[turn_]; }
  /// Takes the i-th of the lent frames away; release() will not give it back.
  [[nodiscard]] xdp_desc give_up(std::uint32_t i) noexcept;

 private:
  /// Reads the stamp before a frame and clears it, so that it is not read twice if the driver writes none the
  /// next time.
  [[nodiscard]] static std::uint64_t take_stamp(std::byte* frame) noexcept;
  [[nodiscard]] std::uint32_t receive_chunks(const XskSocket& lender, std::uint32_t chunks,
                                             std::span<RxFrame> out) noexcept;

  std::vector<std::shared_ptr<XskSocket>> sockets_;
  std::size_t turn_ = 0;  // the socket looked at last; the lent frames are its
  std::shared_ptr<LinkWatch> link_;
  std::optional<HardwareClock> clock_;
  std::uint32_t lent_ = 0;           // chunks
  std::vector<std::byte> gathered_;  // copies of frames that came in several chunks
  std::uint32_t idle_ = 0;
  std::array<std::uint64_t, kMaxBatch> addresses_{};  // of the chunks lent; kGivenUp: taken by give_up()
};

}  // namespace hopcost::pktgen
