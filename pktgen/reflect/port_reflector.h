// A reflector on a port that sends and receives: one thread that polls, turns around and sends.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "pktgen/io/any_port.h"
#include "pktgen/reflect/reflect_loop.h"

namespace hopcost::pktgen {

/// How long a reflector goes on: until the first of both, or until it is stopped.
struct ReflectLimits {
  std::uint64_t count = ~std::uint64_t{0};  ///< Frames turned around.
  std::uint64_t duration_ns = ~std::uint64_t{0};
};

/// Owns the port and its thread.
class PortReflector {
 public:
  /// The port must have been opened to send and to receive, on a device with a MAC address; `cpu` -1:
  /// anywhere. Errors: kUsage when the port sends no frames of different sizes; of prepare().
  [[nodiscard]] static Result<std::unique_ptr<PortReflector>> start(AnyPort port, const TscClock& clock,
                                                                    int cpu, const ReflectLimits& limits);
  ~PortReflector();

  [[nodiscard]] bool over() const noexcept { return over_.load(std::memory_order_acquire); }
  [[nodiscard]] ReflectCounts counts() noexcept { return progress_.read(); }
  /// Stops the thread, if it has not ended by itself. Call once.
  [[nodiscard]] ReflectResult finish();

 private:
  PortReflector(AnyPort port, const TscClock& clock) : port_(std::move(port)), clock_(clock) {}
  template <class P>
  void work(P& port, int cpu, const ReflectLimits& limits) noexcept;

  AnyPort port_;
  TscClock clock_;
  ReflectProgress progress_;
  ReflectResult result_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace hopcost::pktgen
