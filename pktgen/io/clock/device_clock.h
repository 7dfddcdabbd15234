// Converts a NIC's clock to CLOCK_REALTIME, by the line through two readings of both clocks. Pure. One owner
// thread.
#pragma once

#include <cstdint>

namespace hopcost::pktgen {

/// The line goes through the newest reading and one at least kApartNs older, so that an error of half a
/// microsecond in a reading changes the slope by 5 in a million at most.
class DeviceClock {
 public:
  static constexpr std::uint64_t kApartNs = 100'000'000;
  /// A stamp further than this from the newest reading is taken to be another clock's.
  static constexpr double kFarNs = 60e9;

  /// The device's clock was at `ticks` when the host's was at `ns`.
  void reading(std::uint64_t ticks, std::uint64_t ns) noexcept {
    if (!known_) {
      old_ = mark_ = {ticks, ns};
      known_ = true;
    }
    newest_ = {ticks, ns};
    if (ns - old_.ns >= kApartNs && ticks != old_.ticks) {
      ns_per_tick_ = static_cast<double>(ns - old_.ns) / static_cast<double>(ticks - old_.ticks);
    }
    if (ns - mark_.ns >= kApartNs) {  // the older reading follows, one to two spans behind
      old_ = mark_;
      mark_ = newest_;
    }
  }
  /// Whether the rate is known.
  [[nodiscard]] bool ready() const noexcept { return ns_per_tick_ > 0; }
  /// CLOCK_REALTIME at a stamp of the device; 0 until ready(), and for a stamp beyond kFarNs.
  [[nodiscard]] std::uint64_t to_ns(std::uint64_t ticks) const noexcept {
    if (!ready()) return 0;
    const double ahead = static_cast<double>(static_cast<std::int64_t>(ticks - newest_.ticks)) * ns_per_tick_;
    if (ahead > kFarNs || ahead < -kFarNs) return 0;
    return newest_.ns + static_cast<std::uint64_t>(static_cast<std::int64_t>(ahead));
  }

 private:
  struct Reading {
    std::uint64_t ticks = 0, ns = 0;
  };
  bool known_ = false;
  Reading old_, mark_, newest_;
  double ns_per_tick_ = 0;
};

}  // namespace hopcost::pktgen
