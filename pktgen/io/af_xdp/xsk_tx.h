// The sending half of an AF_XDP socket: the hot path. One owner thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "pktgen/io/af_xdp/xsk_socket.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

/// Free frames are a stack, so that the ones used last, still in the cache, go out next.
class XskTx {
 public:
  explicit XskTx(std::shared_ptr<XskSocket> socket);

  [[nodiscard]] Result<void> prepare(std::span<const std::byte> frame);
  [[nodiscard]] std::span<std::byte* const> lend(std::uint32_t n) noexcept;
  void send(std::uint32_t n) noexcept;
  void send(std::span<const std::uint16_t> lengths) noexcept;
  void flush() noexcept;
  [[nodiscard]] std::uint64_t owed() const noexcept;
  [[nodiscard]] std::uint64_t errors() const noexcept;
  [[nodiscard]] int failed() const noexcept { return failed_; }

 private:
  void reclaim() noexcept;

  std::shared_ptr<XskSocket> socket_;
  std::uint32_t length_ = 0;
  std::uint32_t free_count_ = 0;
  int failed_ = 0;
  std::array<std::uint64_t, XskSocket::kFrames> free_{};
  std::array<std::byte*, kMaxBatch> lent_{};
};

}  // namespace hopcost::pktgen
