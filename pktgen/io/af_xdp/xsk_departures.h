// The departure stamps that a driver writes next to the frames of an AF_XDP socket (the kernel's
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

/// The area holds `frames` frames, `frame_bytes` apart. Descriptors point to a frame's first byte; its
/// metadata are the kTxMetadataBytes before that.
class XskDepartures {
 public:
  /// `area` outlives it; `clock` is the NIC's.
  XskDepartures(std::byte* area, std::uint32_t frame_bytes, std::uint32_t frames, HardwareClock clock)
      : area_(area), frame_bytes_(frame_bytes), given_(frames, 0), clock_(std::move(clock)) {}

  /// Call before a run. Forgets all stamps, also those still to come.
  void begin() {
    stamps_ = {};
    std::fill(given_.begin(), given_.end(), 0);
  }
  /// Asks for a stamp of the frame at `address`, which carries the time `given` (CLOCK_REALTIME, ns).
  void ask(std::uint64_t address, std::uint64_t given) noexcept {
    const TxMetadata wish{.flags = XDP_TXMD_FLAGS_TIMESTAMP, .tx_timestamp = 0, .launch_time = 0};
    std::memcpy(area_ + address - kTxMetadataBytes, &wish, sizeof wish);
    given_[address / frame_bytes_] = given;
  }
  /// The kernel has given the frame at `address` back: reads its stamp.
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
  std::vector<std::uint64_t> given_;  // by frame; 0: no stamp asked for in this run
  HardwareClock clock_;
  DepartureStamps stamps_;
};

}  // namespace hopcost::pktgen
