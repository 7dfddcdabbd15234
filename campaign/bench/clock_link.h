// What is known of two hosts' clocks: how far the device's is ahead of the tester's, up to a constant that
// packets of one direction can't tell apart from the time on the wire, and bounds of that constant. Costs are
// differences and need neither. One owner thread. Includes stats and site/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "campaign/site/sites.h"
#include "stats/clock_fit.h"

namespace hopcost::campaign {

/// Bounds of the time from the tester's stamp to the end of host's path, and what bounds it.
struct OneWayBounds {
  double lo_ns = 0, hi_ns = 0;  ///< The median over the run's slots lies between these.
  std::string by;               ///< "messages", "synchronised" or "stated" (doc/result-format.md).
};

class ClockLink {
 public:
  /// `stated_ns`: how far apart the clocks are at most, as the user says. Errors: kUsage when the first
  /// reading contradicts that.
  [[nodiscard]] static Result<ClockLink> open(const ClocksApart& first,
                                              std::optional<std::int64_t> stated_ns);

  /// Adds a further reading of the two clocks. Warns, once, when it contradicts what the user says; then
  /// nothing bounds the one-way time.
  void read(const ClocksApart& apart);

  /// What to subtract from the device's stamps in the next slot, ns. Times stay small and above zero, so that
  /// histograms can hold them.
  [[nodiscard]] std::int64_t ahead_ns() const noexcept { return ahead_ns_; }

  /// Corrects ahead_ns() from the times of the host lane in one slot, ns: moves it by the distance of their
  /// median from kMedianNs, since the clocks have drifted by that much, or the first estimate was wrong by
  /// it. Times that are not finite are ignored. `at_ns`: the middle of the slot, on CLOCK_MONOTONIC.
  void learn(std::uint64_t at_ns, std::vector<double> host_ns);

  /// Nothing where the readings do not span any slot, or contradict each other.
  [[nodiscard]] std::optional<OneWayBounds> one_way() const;
  /// How much faster the device's clock runs than the tester's, parts per million: the lower hull of host's
  /// times over the run. Nothing with fewer than two slots.
  [[nodiscard]] std::optional<double> drift_ppm() const;

  /// Where the median of host's times is placed, ns: far enough above zero for a drift of 100 ppm over 0.3 s.
  static constexpr std::int64_t kMedianNs = 30'000;

 private:
  explicit ClockLink(std::optional<std::int64_t> stated_ns) : stated_ns_(stated_ns) {}

  /// What a slot's packets say: the clocks' difference and the time on the way, which they can't tell apart.
  struct Seen {
    std::uint64_t at_ns;
    std::int64_t apart_ns;
  };

  std::optional<std::int64_t> stated_ns_;
  std::int64_t ahead_ns_ = 0;
  ClockBand band_;
  bool by_synchronised_ = false, disproved_ = false;
  std::vector<Seen> seen_;
};

}  // namespace hopcost::campaign
