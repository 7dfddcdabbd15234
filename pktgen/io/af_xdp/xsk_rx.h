// The receiving half of an AF_XDP socket. One owner thread. Frames carry no kernel stamp here, so the
// receiver polls without sleeping and reads the clock itself.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "pktgen/io/af_xdp/xsk_socket.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

class XskRx {
 public:
  explicit XskRx(std::shared_ptr<XskSocket> socket) : socket_(std::move(socket)) {}

  [[nodiscard]] std::uint32_t receive(std::span<RxFrame> out) noexcept;
  void release() noexcept;
  void wait(std::chrono::milliseconds) noexcept;
  [[nodiscard]] std::uint64_t drops() noexcept;
  [[nodiscard]] int failed() const noexcept { return failed_; }

 private:
  std::shared_ptr<XskSocket> socket_;
  std::uint32_t lent_ = 0;
  int failed_ = 0;
  std::uint32_t idle_ = 0;
  std::array<std::uint64_t, kMaxBatch> addresses_{};
};

}  // namespace hopcost::pktgen
