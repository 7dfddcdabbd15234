// The clock and stamps of a port on which rte_eth_timesync_* is enabled. Any thread. Drivers allow one call
// at a time: a call during another thread's fails instead of waiting.
#pragma once

#include <atomic>
#include <cstdint>

namespace hopcost::pktgen {

class Timesync {
 public:
  /// `taken` is the port's lock and outlives this.
  Timesync(std::uint16_t port, std::atomic_flag& taken) noexcept : port_(port), taken_(&taken) {}
  /// Stamp of the frame sent last with RTE_MBUF_F_TX_IEEE1588_TMST, ns of the port's clock. False: not there
  /// yet.
  [[nodiscard]] bool read_departure(std::uint64_t& ns) const noexcept;
  /// Stamp of a received frame with RTE_MBUF_F_RX_IEEE1588_TMST; `which` is its mbuf's timesync.
  [[nodiscard]] bool read_arrival(std::uint32_t which, std::uint64_t& ns) const noexcept;
  [[nodiscard]] bool read_clock(std::uint64_t& ns) const noexcept;

 private:
  std::uint16_t port_;
  std::atomic_flag* taken_;
};

}  // namespace hopcost::pktgen
