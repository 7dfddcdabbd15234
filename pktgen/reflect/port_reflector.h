// A reflector on a port that sends and receives: one thread that polls, turns probes around and sends them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "pktgen/io/any_port.h"
#include "pktgen/reflect/reflect_loop.h"

namespace hopcost::pktgen {

/// How long a reflector goes on: until it reaches one of these limits, or is stopped.
struct ReflectLimits {
  std::uint64_t count = ~std::uint64_t{0};  ///< Frames to turn around.
  std::uint64_t duration_ns = ~std::uint64_t{0};
};

/// Owns the port and its thread.
class PortReflector {
 public:
  /// The port must have been opened to send and to receive, on a device with a MAC address; `cpu` -1: any.
  /// Errors: kUsage when the port can't send frames of different sizes; prepare()'s.
  [[nodiscard]] static Result<std::unique_ptr<PortReflector>> start(AnyPort port, const TscClock& clock,
                                                                    int cpu, const ReflectLimits& limits);
  ~PortReflector();

  [[nodiscard]] bool over() const noexcept { return over_.load(std::memory_order_acquire); }
  [[nodiscard]] ReflectCounts counts() noexcept { return progress_.read(); }
  /// Stops the thread, if it has not ended by itself, and gives the result. Call once.
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
