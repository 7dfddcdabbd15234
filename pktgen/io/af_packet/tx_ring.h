// The AF_PACKET transmit ring. prepare() sets up, the rest is the hot path. One owner thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "pktgen/io/af_packet/packet_socket.h"
#include "pktgen/io/port.h"
#include "pktgen/io/tx_ledger.h"

struct tpacket2_hdr;

namespace hopcost::pktgen {

/// Slots are used in ring order. The kernel marks a slot free when the last holder of its packet releases it.
/// A frame that the device drops stays in the ring and blocks it. It is offered again for as long as a full
/// queue may take to empty, then it is given up and counted. After that each frame gets one try, until the
/// device takes one again.
class PacketTx {
 public:
  /// Binds to a device of the calling thread's namespace. Without `through_qdisc` frames bypass the queueing
  /// discipline, and with it every tap on the device's transmit side.
  [[nodiscard]] static Result<PacketTx> open(unsigned ifindex, TxLedger ledger, bool through_qdisc);

  [[nodiscard]] Result<void> prepare(std::span<const std::byte> frame);
  [[nodiscard]] std::span<std::byte* const> lend(std::uint32_t n) noexcept;
  void send(std::uint32_t n) noexcept;
  void send(std::span<const std::uint16_t> lengths) noexcept;
  void flush() noexcept;
  [[nodiscard]] std::uint64_t owed() const noexcept { return owed_; }
  [[nodiscard]] std::uint64_t errors() const noexcept { return given_up_ + lost_; }
  void settle() noexcept { lost_ = ledger_.lost(given_ - given_up_ - owed_, refusals_); }
  [[nodiscard]] std::string note() const { return ledger_.note(); }
  [[nodiscard]] int failed() const noexcept { return failed_ != 0 ? failed_ : ledger_.fault(); }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  PacketTx(Fd socket, TxLedger ledger) : socket_(std::move(socket)), ledger_(std::move(ledger)) {}
  [[nodiscard]] std::atomic_ref<std::uint32_t> status(std::size_t slot) const noexcept;
  [[nodiscard]] std::size_t next(std::size_t slot) const noexcept {
    return slot + 1 == ring_.slots.size() ? 0 : slot + 1;
  }
  void count_taken() noexcept;
  [[nodiscard]] bool call() noexcept;
  [[nodiscard]] bool is_refused() noexcept;
  void skip() noexcept;
  [[nodiscard]] tpacket2_hdr& header(std::size_t slot) const noexcept;
  void set_length(std::byte* slot, std::size_t bytes) const noexcept;
  [[nodiscard]] Result<void> make_ring(std::size_t slot_bytes);
  [[nodiscard]] bool all_available() const noexcept;

  Fd socket_;
  TxLedger ledger_;
  PacketRing ring_;
  std::size_t slot_bytes_ = 0;
  std::size_t frame_offset_ = 0;  // of the frame in a slot
  std::size_t head_ = 0;          // the next slot to lend
  std::size_t taken_ = 0;         // the oldest owed slot
  std::uint64_t owed_ = 0;
  std::uint64_t given_ = 0;                              // frames given to send() since prepare()
  std::uint64_t given_up_ = 0;                           // of these
  std::uint64_t lost_ = 0;                               // of these, lost by the device's counters
  std::uint64_t refusals_ = 0;                           // calls that ended at a frame the device dropped
  std::chrono::steady_clock::time_point refused_since_;  // of the frame at taken_; zero: it is not refused
  bool patient_ = true;                                  // no frame was given up since the device took one
  std::size_t skipped_ = kNone;       // the slot given up last, until the kernel has passed it
  std::uint32_t skipped_length_ = 0;  // the length it is restored to
  int failed_ = 0;
  std::array<std::byte*, kMaxBatch> lent_{};
};

}  // namespace hopcost::pktgen
