// A NIC's clock and CLOCK_REALTIME, read side by side now and then, so that stamps of the one can be given as
// the other. One owner thread.
#pragma once

#include <time.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <thread>

#include "base/clock.h"
#include "pktgen/io/clock/device_clock.h"

namespace hopcost::pktgen {

/// The NIC's clock by now; false when it can't be read, or not now. Some microseconds over a NIC's bus.
template <class R>
concept ClockRead = requires(R read, std::uint64_t& ticks) {
  { read(ticks) }
  noexcept->std::same_as<bool>;
};

class FollowedClock {
 public:
  /// The first readings, a tenth of a second apart, to know the clock's rate. False when it can't be read,
  /// or stands still.
  template <ClockRead R>
  [[nodiscard]] bool learn(R read) {
    if (!follow(read)) return false;
    std::this_thread::sleep_for(std::chrono::nanoseconds(DeviceClock::kApartNs));
    return follow(read) && clock_.ready();
  }
  /// One reading. It is repeated, up to kMostTries times, when it took much longer than a reading may: then
  /// the thread lost its CPU in the middle, and half of that time would be the line's error.
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
  /// A reading, if the last one was long ago by `now` (CLOCK_REALTIME, ns): so a stamp is never far from one.
  template <ClockRead R>
  void follow_when_due(std::uint64_t now, R read) noexcept {
    constexpr auto kLong = static_cast<std::int64_t>(DeviceClock::kApartNs);
    const auto since = static_cast<std::int64_t>(now - followed_ns_);
    if (since > kLong || since < -kLong) follow(read);
  }
  /// CLOCK_REALTIME at a stamp; 0 until the rate is known, and for a stamp of another clock.
  [[nodiscard]] std::uint64_t to_ns(std::uint64_t ticks) const noexcept { return clock_.to_ns(ticks); }

 private:
  static constexpr int kMostTries = 4;
  DeviceClock clock_;
  std::uint64_t usual_ = 0;  // ns, what an undisturbed reading takes
  std::uint64_t followed_ns_ = 0;
};

}  // namespace hopcost::pktgen
