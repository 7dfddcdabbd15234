// Reads a NIC's clock and CLOCK_REALTIME side by side now and then, so that the NIC's stamps can be
// converted. One owner thread.
#pragma once

#include <time.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <thread>

#include "base/clock.h"
#include "pktgen/io/clock/device_clock.h"

namespace hopcost::pktgen {

/// Reads the NIC's clock into `ticks`; false when it can't be read (now). Takes some microseconds over the
/// NIC's bus.
template <class R>
concept ClockRead = requires(R read, std::uint64_t& ticks) {
  { read(ticks) }
  noexcept->std::same_as<bool>;
};

class FollowedClock {
 public:
  /// Learns the clock's rate from two readings a tenth of a second apart. False when the clock can't be read
  /// or stands still.
  template <ClockRead R>
  [[nodiscard]] bool learn(R read) {
    if (!follow(read)) return false;
    std::this_thread::sleep_for(std::chrono::nanoseconds(DeviceClock::kApartNs));
    return follow(read) && clock_.ready();
  }
  /// Takes one reading. If it took more than twice the usual time, it is repeated, with kMostTries in all:
  /// the thread probably lost its CPU meanwhile, and half that time would be the line's error. False when the
  /// clock can't be read.
  template <ClockRead R>
  bool follow(R read) noexcept {
    std::uint64_t narrowest = ~std::uint64_t{0}, ticks = 0, ns = 0;
    for (int i = 0; i < kMostTries && narrowest > 2 * usual_; ++i) {
      std::uint64_t now = 0;
      const std::uint64_t before = kernel_clock_ns(CLOCK_REALTIME);
      if (!read(now)) break;
      const std::uint64_t width = kernel_clock_ns(CLOCK_REALTIME) - before;
      if (width >= narrowest) continue;
      narrowest = width;
      ticks = now;
      ns = before + width / 2;
    }
    if (ns == 0) return false;
    if (usual_ == 0 || narrowest < usual_) usual_ = narrowest;
    clock_.reading(ticks, followed_ns_ = ns);
    return true;
  }
  /// Takes a reading if the last one is more than kApartNs from `now` (CLOCK_REALTIME, ns), so that a stamp
  /// is never far from a reading.
  template <ClockRead R>
  void follow_when_due(std::uint64_t now, R read) noexcept {
    constexpr auto kLong = static_cast<std::int64_t>(DeviceClock::kApartNs);
    const auto since = static_cast<std::int64_t>(now - followed_ns_);
    if (since > kLong || since < -kLong) follow(read);
  }
  /// As DeviceClock::to_ns().
  [[nodiscard]] std::uint64_t to_ns(std::uint64_t ticks) const noexcept { return clock_.to_ns(ticks); }

 private:
  static constexpr int kMostTries = 4;
  DeviceClock clock_;
  std::uint64_t usual_ = 0;  // ns that an undisturbed reading takes
  std::uint64_t followed_ns_ = 0;
};

}  // namespace hopcost::pktgen
