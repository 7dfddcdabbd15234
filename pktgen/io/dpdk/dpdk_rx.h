// The receiving half of a DPDK port. One owner thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "pktgen/io/dpdk/dpdk_device.h"
#include "pktgen/io/port.h"

struct rte_mbuf;

namespace hopcost::pktgen {

/// Polls one queue. A driver may stamp received frames, in the mbuf's timestamp field or, for some frames
/// (IEEE 1588's), in a register. Then its clock is followed (followed_clock.h) and stamps are converted to
/// CLOCK_REALTIME. Else frames have no stamp, and the receiver reads the clock itself.
class DpdkRx {
 public:
  /// The device must have been opened to receive, with this queue.
  DpdkRx(std::shared_ptr<DpdkDevice> device, std::uint16_t queue);

  [[nodiscard]] std::uint32_t receive(std::span<RxFrame> out) noexcept;
  void release() noexcept;
  void wait(std::chrono::milliseconds) noexcept;
  [[nodiscard]] std::uint64_t drops() noexcept;
  [[nodiscard]] int failed() const noexcept { return device_->failed(); }
  /// For DpdkTx::send_back(): takes the i-th of the lent frames away; release() will not give it back.
  [[nodiscard]] rte_mbuf* give_up(std::uint32_t i) noexcept { return std::exchange(mbufs_[i], nullptr); }
  /// The stamps' name in results.
  [[nodiscard]] const char* stamp_name() const noexcept { return "hardware"; }

 private:
  [[nodiscard]] std::uint64_t stamp_of(const rte_mbuf* m) const noexcept;

  std::shared_ptr<DpdkDevice> device_;
  std::uint16_t queue_;
  bool registered_ = false;
  std::uint32_t lent_ = 0;
  int stamp_offset_ = -1;  // offset of the stamp in an mbuf; -1: none
  std::uint64_t stamp_flag_ = 0;
  std::optional<FollowedClock> clock_;  // the stamps' clock; nothing without stamps
  std::array<rte_mbuf*, kMaxBatch> mbufs_{};
};

}  // namespace hopcost::pktgen
