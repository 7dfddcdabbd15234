// What is known of two hosts' clocks: how far the device's is ahead of the tester's, but for a constant that
// nobody can tell from the time packets take on the wire. Costs are differences and need none of it; it keeps
// times small and above zero, so that histograms hold them. One owner thread. Includes nothing of ours.
#pragma once

#include <cstdint>
#include <vector>

namespace hopcost::campaign {

class ClockLink {
 public:
  /// `ahead_ns`: from an exchange of messages, some milliseconds off.
  explicit ClockLink(std::int64_t ahead_ns) : ahead_ns_(ahead_ns) {}

  /// To be taken off the device's stamps in the next slot.
  [[nodiscard]] std::int64_t ahead_ns() const noexcept { return ahead_ns_; }

  /// From a slot's times of the host lane, ns: by how much the median is off kMedianNs the clocks have moved,
  /// or were not known. Times that are not finite tell nothing.
  void learn(std::vector<double> host_ns);

  /// Where the median of host's times is put: far enough above zero for a drift of 100 ppm over 0.3 s.
  static constexpr std::int64_t kMedianNs = 30'000;

 private:
  std::int64_t ahead_ns_;
};

}  // namespace hopcost::campaign
