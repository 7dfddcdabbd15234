// The clock a BPF program reads, as nanoseconds of CLOCK_REALTIME. One thread at a time.
#pragma once

#include <cstdint>

namespace hopcost::analyzer {

/// CLOCK_TAI where BPF has a helper for it (Linux 6.1). It differs from CLOCK_REALTIME by whole seconds, so
/// the mapping is exact. Else CLOCK_MONOTONIC, whose distance is measured between two readings of the other
/// clock to some ten ns. It is the same for every tap of a process, so it cancels in differences between
/// modes and in hops.
class TapClock {
 public:
  /// Looks for the helper once a process.
  TapClock();
  [[nodiscard]] bool is_tai() const noexcept { return tai_; }
  /// Now, on the tap's clock.
  [[nodiscard]] std::uint64_t now() const noexcept;
  /// Follows steps of CLOCK_REALTIME. To be called now and then.
  void refresh() noexcept;
  /// CLOCK_REALTIME at a time of the tap's clock, ns, by the last refresh().
  [[nodiscard]] std::uint64_t to_realtime(std::uint64_t tap_ns) const noexcept {
    return tap_ns + static_cast<std::uint64_t>(offset_);
  }

 private:
  bool tai_;
  std::int64_t offset_ = 0;
};

}  // namespace hopcost::analyzer
