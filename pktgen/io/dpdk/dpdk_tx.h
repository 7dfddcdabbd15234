// The sending half of a DPDK port: the hot path. One owner thread a run.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "pktgen/io/dpdk/departure_sampler.h"
#include "pktgen/io/dpdk/dpdk_device.h"
#include "pktgen/io/dpdk/dpdk_rx.h"
#include "pktgen/io/port.h"

struct rte_mbuf;

namespace hopcost::pktgen {

/// One queue. The frames of its pool are filled before a run and come back from the driver unchanged, so a
/// lent frame only needs its new number and time. The pool's cache is a stack: the frames used last, still in
/// the CPU's cache, go out next.
class DpdkTx {
 public:
  /// Only the first queue has departures stamped, where the NIC can: it keeps one stamp for all queues.
  DpdkTx(std::shared_ptr<DpdkDevice> device, std::uint16_t queue);

  /// `longest` is the run's longest frame: any bytes, no FCS.
  [[nodiscard]] Result<void> prepare(std::span<const std::byte> longest);
  [[nodiscard]] std::span<std::byte* const> lend(std::uint32_t n) noexcept;
  void send(std::uint32_t n) noexcept;
  /// Sends the first lengths.size() of the frames lent last; lengths in bytes without FCS.
  void send(std::span<const std::uint16_t> lengths) noexcept;
  /// A run sends either received or lent frames, not both: all frames of a queue must be of one pool
  /// (DpdkDevice::configure).
  [[nodiscard]] bool sends_back() const noexcept { return true; }
  [[nodiscard]] std::uint32_t room_back(std::uint32_t n) noexcept;
  void send_back(DpdkRx& rx, std::span<const std::uint8_t> which) noexcept;
  void given_at(std::uint64_t ns) noexcept {
    if (sampler_) mark_ = sampler_->pick(ns);
  }
  [[nodiscard]] const DepartureStamps* departures() noexcept;
  void flush() noexcept;
  [[nodiscard]] std::uint64_t owed() const noexcept { return owed_; }
  [[nodiscard]] std::uint64_t errors() const noexcept;
  void settle() noexcept;
  [[nodiscard]] int failed() const noexcept { return device_->failed(); }

 private:
  void mark_first() noexcept;
  [[nodiscard]] std::uint64_t counted_as_sent() const noexcept;

  std::shared_ptr<DpdkDevice> device_;
  std::uint16_t queue_;
  std::uint32_t owed_ = 0;  // held_[0, owed_)
  std::uint32_t held_count_ = 0;
  std::unique_ptr<DepartureSampler<Timesync>> sampler_;  // null: no NIC stamps
  bool mark_ = false;                                    // the next frame is to have a stamp
  std::uint64_t taken_ = 0;                              // frames the driver took since the port was opened
  std::uint64_t lost_ = 0;  // frames lost in the run, by the kernel device's counters
  std::uint64_t taken_before_ = 0, sent_before_ = 0;  // at the run's begin
  std::optional<TxLedger> ledger_;                    // of the kernel device under a virtual one
  std::uint16_t length_ = 0;
  std::array<rte_mbuf*, kMaxBatch> held_{};  // owed frames, then those lent and not sent
  std::array<std::byte*, kMaxBatch> lent_{};
};

}  // namespace hopcost::pktgen
