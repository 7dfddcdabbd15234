// How fast this CPU works at present, by the time of a fixed piece of work. It shows a busy neighbour on the
// same core and a lower clock rate, which a guest's own statistics do not. One owner thread. Includes only
// base/.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace hopcost {

/// Samples of a fixed piece of work, some 100 ns each, and their median.
class CpuSpeed {
 public:
  /// Does the work once and notes how long it took.
  void sample() noexcept {
    const std::uint64_t before = Tsc::now().ticks;
    // Not only arithmetic but also stores and loads, because two threads of a core contend for these.
    volatile std::uint32_t sum = 0;
    for (std::uint32_t i = 0; i < kSteps; ++i) sum = sum + i;
    const std::uint64_t bin = (Tsc::now().ticks - before) / kTicksPerBin;
    ++bins_[bin < kBins ? bin : kBins - 1];
    ++samples_;
  }

  [[nodiscard]] std::uint64_t samples() const noexcept { return samples_; }

  /// Median ticks of the work; 0 without samples.
  [[nodiscard]] std::uint64_t median_ticks() const noexcept {
    std::uint64_t seen = 0;
    for (std::size_t b = 0; samples_ > 0 && b < kBins; ++b) {
      seen += bins_[b];
      if (2 * seen >= samples_) return b * kTicksPerBin + kTicksPerBin / 2;
    }
    return 0;
  }

 private:
  static constexpr std::uint32_t kSteps = 200;
  static constexpr std::uint64_t kTicksPerBin = 8;
  static constexpr std::size_t kBins = 512;
  std::array<std::uint32_t, kBins> bins_{};
  std::uint64_t samples_ = 0;
};

}  // namespace hopcost
