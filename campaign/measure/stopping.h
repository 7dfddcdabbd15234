// When a run ends: at a few looks chosen beforehand, by the widths of the intervals alone. Looking at every
// build would end runs in lucky streaks, whose intervals are too narrow. Pure. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <vector>

namespace hopcost::campaign {

/// Looks after 8, 11, 16, 23, 32, ... builds: each the last times the square root of two, rounded.
[[nodiscard]] bool is_look(std::size_t builds);

/// The last look at fewer builds; 0 when there is none.
[[nodiscard]] std::size_t look_before(std::size_t builds);

class Stopping {
 public:
  /// `target`: half-width in ns that every cost's interval has to reach; 0: never.
  explicit Stopping(double target) : target_(target) {}

  /// Call after each build: true when the intervals were narrow at this look and at the one before. Each look
  /// is taken once: a void build leaves the count of builds where it was.
  [[nodiscard]] bool narrow(std::size_t builds, const std::vector<double>& half_widths);

  /// After how many builds the intervals will have been narrow at two looks, as far as it can be told now:
  /// widths go as 1 / sqrt(builds). 0: not known, or no target.
  [[nodiscard]] std::size_t wanted(std::size_t builds, const std::vector<double>& half_widths) const;

 private:
  double target_;
  bool was_narrow_ = false;    // at the last look
  std::size_t looked_at_ = 0;  // builds, at the last look
};

}  // namespace hopcost::campaign
