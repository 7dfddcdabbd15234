// A NIC's clock on the time line of CLOCK_REALTIME: the line through two readings of both clocks, some time
// apart. Pure. One owner thread.
#pragma once

#include <cstdint>

namespace hopcost::pktgen {

/// Readings are taken now and then; the line goes through the newest and one at least kApartNs before it, so
/// that half a microsecond of a reading's own error tilts it by no more than 5 in a million.
class DeviceClock {
 public:
  static constexpr std::uint64_t kApartNs = 100'000'000;
  /// A stamp this far from the newest reading is of another clock.
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
    if (ns - mark_.ns >= kApartNs) {  // the far end of the line follows, between one and two spans behind
      old_ = mark_;
      mark_ = newest_;
    }
  }
  /// False until the rate is known.
  [[nodiscard]] bool ready() const noexcept { return ns_per_tick_ > 0; }
  /// CLOCK_REALTIME at a reading of the device; 0 until ready(), and for a reading that can't be its.
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
