// The sending half of an AF_XDP socket: the hot path. One owner thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "pktgen/io/af_xdp/xsk_rx.h"
#include "pktgen/io/af_xdp/xsk_socket.h"
#include "pktgen/io/clock/hardware_clock.h"
#include "pktgen/io/port.h"
#include "pktgen/io/tx_ledger.h"

namespace hopcost::pktgen {

class XskDepartures;

/// Free frames form a stack, so that those used last, still in the cache, go out next.
class XskTx {
 public:
  /// Lends frames of the first socket. Further sockets are only for sending back: each frame goes out through
  /// the socket that received it. `ledger` is their device's. `clock`: the driver's, whose departure stamps
  /// are asked for if the socket has room for them.
  XskTx(std::vector<std::shared_ptr<XskSocket>> sockets, TxLedger ledger,
        std::optional<HardwareClock> clock = std::nullopt);
  XskTx(XskTx&&) noexcept;
  XskTx& operator=(XskTx&&) noexcept;
  ~XskTx();

  [[nodiscard]] Result<void> prepare(std::span<const std::byte> frame);
  [[nodiscard]] std::span<std::byte* const> lend(std::uint32_t n) noexcept;
  void send(std::uint32_t n) noexcept;
  void send(std::span<const std::uint16_t> lengths) noexcept;
  [[nodiscard]] bool sends_back() const noexcept { return socket_->sends_back(); }
  /// Always n: the tx ring has a place for every chunk.
  [[nodiscard]] std::uint32_t room_back(std::uint32_t n) const noexcept { return n; }
  void send_back(XskRx& rx, std::span<const std::uint8_t> which) noexcept;
  void given_at(std::uint64_t ns) noexcept { given_ = ns; }
  [[nodiscard]] const DepartureStamps* departures() noexcept;
  void flush() noexcept;
  [[nodiscard]] std::uint64_t owed() const noexcept;
  [[nodiscard]] std::uint64_t errors() const noexcept;
  void settle() noexcept;
  [[nodiscard]] std::string note() const { return ledger_.note(); }
  [[nodiscard]] int failed() const noexcept { return failed_ != 0 ? failed_ : ledger_.fault(); }

 private:
  void reclaim() noexcept;
  void kick(XskSocket& socket) noexcept;
  void queue(std::uint64_t address, std::uint32_t length) noexcept;
  void queue_chunks(std::uint64_t address, std::uint32_t length) noexcept;
  /// Asks for stamps of the next n frames.
  void ask(std::uint32_t n) noexcept;
  [[nodiscard]] std::uint64_t address_of(std::uint32_t frame) const noexcept {
    return std::uint64_t{frame} * socket_->frame_bytes() + socket_->metadata_bytes();
  }

  std::vector<std::shared_ptr<XskSocket>> sockets_;
  XskSocket* socket_;  // the first of them
  TxLedger ledger_;
  std::unique_ptr<XskDepartures> departures_;  // null: no NIC stamps
  std::uint64_t given_ = 0;
  std::uint32_t length_ = 0, options_ = 0;
  std::uint32_t free_count_ = 0;
  int failed_ = 0;
  std::uint64_t given_count_ = 0;  // frames given to send() since prepare()
  std::uint64_t lost_ = 0;         // of these, lost by the device's counters
  std::uint64_t refused_ = 0;      // of these, dropped by the device, which reported it
  std::vector<std::uint64_t> free_;
  std::vector<std::uint8_t> chunks_out_;  // per frame, chunks the kernel has; empty if one holds a frame
  std::array<std::byte*, kMaxBatch> lent_{};
};

}  // namespace hopcost::pktgen
