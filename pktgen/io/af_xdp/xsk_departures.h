// The stamps a driver leaves beside the frames an AF_XDP socket has sent (the kernel's
// Documentation/networking/xsk-tx-metadata.rst). Hot path; one owner thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "pktgen/io/af_xdp/newer_kernel.h"
#include "pktgen/io/clock/departure_stamps.h"
#include "pktgen/io/clock/hardware_clock.h"

namespace hopcost::pktgen {

/// Frames [0, frames) of an area, `frame_bytes` apart. The metadata are the kTxMetadataBytes before each
/// frame's first byte, which is where descriptors point.
class XskDepartures {
 public:
  /// `area` outlives it; `clock` is the NIC's.
  XskDepartures(std::byte* area, std::uint32_t frame_bytes, std::uint32_t frames, HardwareClock clock)
      : area_(area), frame_bytes_(frame_bytes), given_(frames, 0), clock_(std::move(clock)) {}

  /// Before a run: forgets what was, also what is still on its way.
  void begin() {
    stamps_ = {};
    std::fill(given_.begin(), given_.end(), 0);
  }
  /// The frame that carries the time `given` and is at `address` wants a stamp.
  void ask(std::uint64_t address, std::uint64_t given) noexcept {
    const TxMetadata wish{.flags = XDP_TXMD_FLAGS_TIMESTAMP, .tx_timestamp = 0, .launch_time = 0};
    std::memcpy(area_ + address - kTxMetadataBytes, &wish, sizeof wish);
    given_[address / frame_bytes_] = given;
  }
  /// The frame has come back.
  void take(std::uint64_t address) noexcept {
    const std::uint64_t given = given_[address / frame_bytes_];
    if (given == 0) return;
    TxMetadata done;
    std::memcpy(&done, area_ + address - kTxMetadataBytes, sizeof done);
    stamps_.record(given, clock_.to_ns(done.tx_timestamp));
  }
  /// Follows the NIC's clock from an idle moment; `now` is CLOCK_REALTIME, ns.
  void follow_when_due(std::uint64_t now) noexcept { clock_.follow_when_due(now); }
  [[nodiscard]] const DepartureStamps& stamps() const noexcept { return stamps_; }

 private:
  std::byte* area_;
  std::uint32_t frame_bytes_;
  std::vector<std::uint64_t> given_;  // by frame; 0: not of this run
  HardwareClock clock_;
  DepartureStamps stamps_;
};

}  // namespace hopcost::pktgen
