// What is known of two hosts' clocks: how far the device's is ahead of the tester's, up to a constant that
// can't be told apart from the time on the wire. Costs are differences and don't need it; it keeps times
// small and above zero, so that histograms can hold them. One owner thread. Includes nothing of ours.
#pragma once

#include <cstdint>
#include <vector>

namespace hopcost::campaign {

class ClockLink {
 public:
  /// `ahead_ns`: from an exchange of messages, exact to some milliseconds.
  explicit ClockLink(std::int64_t ahead_ns) : ahead_ns_(ahead_ns) {}

  /// What to subtract from the device's stamps in the next slot, ns.
  [[nodiscard]] std::int64_t ahead_ns() const noexcept { return ahead_ns_; }

  /// Corrects ahead_ns() from the times of the host lane in one slot, ns: moves it by the distance of their
  /// median from kMedianNs, since the clocks have drifted by that much, or the first estimate was wrong by
  /// it. Times that are not finite are ignored.
  void learn(std::vector<double> host_ns);

  /// Where the median of host's times is placed, ns: far enough above zero for a drift of 100 ppm over 0.3 s.
  static constexpr std::int64_t kMedianNs = 30'000;

 private:
  std::int64_t ahead_ns_;
};

}  // namespace hopcost::campaign
