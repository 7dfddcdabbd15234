// The reference backend: drops all it is given and receives nothing. The baseline of the benches, and the
// shortest backend to read. One owner thread.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "pktgen/io/port.h"

namespace hopcost::pktgen {

/// Takes every frame at once and drops it.
class NullTx {
 public:
  [[nodiscard]] Result<void> prepare(std::span<const std::byte> frame) {
    constexpr std::size_t kCacheLine = 64;
    // An odd number of cache lines, so that the frames' headers do not all fall into a few sets of the cache.
    const std::size_t stride = ((frame.size() + kCacheLine - 1) / kCacheLine | 1) * kCacheLine;
    memory_.assign(stride * kMaxBatch, std::byte{0});
    for (std::size_t i = 0; i < kMaxBatch; ++i) {
      frames_[i] = memory_.data() + i * stride;
      std::copy(frame.begin(), frame.end(), frames_[i]);
    }
    return {};
  }
  [[nodiscard]] std::span<std::byte* const> lend(std::uint32_t n) noexcept {
    return std::span(frames_).first(n);
  }
  // Makes the compiler believe that the frame is read; else it might leave out the writing.
  void send(std::uint32_t) noexcept { asm volatile("" : : "r"(memory_.data()) : "memory"); }
  void send(std::span<const std::uint16_t> lengths) noexcept {
    asm volatile("" : : "r"(memory_.data()), "r"(lengths.data()) : "memory");
  }
  void flush() noexcept {}
  [[nodiscard]] std::uint64_t owed() const noexcept { return 0; }
  [[nodiscard]] std::uint64_t errors() const noexcept { return 0; }
  [[nodiscard]] int failed() const noexcept { return 0; }

 private:
  std::vector<std::byte> memory_;
  std::array<std::byte*, kMaxBatch> frames_{};
};

/// Receives nothing.
class NullRx {
 public:
  [[nodiscard]] std::uint32_t receive(std::span<RxFrame>) noexcept { return 0; }
  void release() noexcept {}
  void wait(std::chrono::milliseconds) noexcept {}
  [[nodiscard]] std::uint64_t drops() noexcept { return 0; }
  [[nodiscard]] int failed() const noexcept { return 0; }
};

/// The backend, as pktgen/io/meson.build lists it.
struct NullBackend {
  static constexpr const char* kName = "null";
  /// One queue of a port.
  using Open = OpenPort<NullTx, NullRx>;
  /// One port for each queue. Errors: none.
  [[nodiscard]] static Result<std::vector<Open>> open(const PortOptions& o) {
    std::vector<Open> ports(o.spec.queues.size());
    for (Open& port : ports) {
      port.info = {.backend = kName, .mode = "none", .driver = "none", .mac = {}, .mtu = 9000};
      if (o.send) port.tx.emplace();
    }
    return ports;
  }
};

}  // namespace hopcost::pktgen
