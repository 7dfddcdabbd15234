// The AF_PACKET transmit ring. prepare() sets up, the rest is the hot path. One owner thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "pktgen/io/af_packet/packet_socket.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

/// Slots are used in ring order; the kernel marks each one free when the packet's last holder lets go of it.
/// PACKET_LOSS stays off: a frame the kernel refuses must be seen, not skipped.
class PacketTx {
 public:
  /// Binds to a device of the calling thread's namespace. Without `through_qdisc` the queueing discipline is
  /// bypassed, and with it whatever taps what the device sends.
  [[nodiscard]] static Result<PacketTx> open(unsigned ifindex, bool through_qdisc);

  [[nodiscard]] Result<void> prepare(std::span<const std::byte> frame);
  [[nodiscard]] std::span<std::byte* const> lend(std::uint32_t n) noexcept;
  void send(std::uint32_t n) noexcept;
  void send(std::span<const std::uint16_t> lengths) noexcept;
  void flush() noexcept;
  [[nodiscard]] std::uint64_t owed() const noexcept { return owed_; }
  [[nodiscard]] std::uint64_t errors() const noexcept { return 0; }
  [[nodiscard]] int failed() const noexcept { return failed_; }

 private:
  explicit PacketTx(Fd socket, bool vnet) : socket_(std::move(socket)), vnet_(vnet) {}
  [[nodiscard]] std::atomic_ref<std::uint32_t> status(std::size_t slot) const noexcept;
  [[nodiscard]] std::size_t next(std::size_t slot) const noexcept {
    return slot + 1 == ring_.slots.size() ? 0 : slot + 1;
  }
  void count_taken() noexcept;
  void set_length(std::byte* slot, std::size_t bytes) const noexcept;
  [[nodiscard]] Result<void> make_ring(std::size_t slot_bytes);
  [[nodiscard]] bool all_available() const noexcept;

  Fd socket_;
  bool vnet_;  // a virtio header precedes each frame
  PacketRing ring_;
  std::size_t slot_bytes_ = 0;
  std::size_t frame_offset_ = 0;  // in a slot
  std::size_t head_ = 0;          // next slot to lend
  std::size_t taken_ = 0;         // oldest owed slot
  std::uint64_t owed_ = 0;
  int failed_ = 0;
  std::array<std::byte*, kMaxBatch> lent_{};
};

}  // namespace hopcost::pktgen
