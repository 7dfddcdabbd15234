// Decides when a run ends: only at a few looks whose times are fixed beforehand, and by the widths of the
// intervals alone. A look after every build would end runs in lucky streaks, whose intervals are too narrow.
// Pure. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <vector>

namespace hopcost::campaign {

/// Whether there is a look after this many builds: 8, 11, 16, 23, 32, ..., that is 8 times powers of the
/// square root of two, rounded.
[[nodiscard]] bool is_look(std::size_t builds);

/// The number of builds at the last look before this one; 0 when there is none.
[[nodiscard]] std::size_t look_before(std::size_t builds);

class Stopping {
 public:
  /// `target`: the half-width in ns that every cost's interval has to reach; 0: no target, narrow() stays
  /// false.
  explicit Stopping(double target) : target_(target) {}

  /// To be called after each build. True when the intervals were narrow both at this look and at the one
  /// before. Each look counts once: a void build leaves `builds`, the number of good builds, as it was.
  [[nodiscard]] bool narrow(std::size_t builds, const std::vector<double>& half_widths);

  /// An estimate of the number of builds after which the intervals will have been narrow at two looks: widths
  /// shrink as 1 / sqrt(builds). 0: not known, or no target.
  [[nodiscard]] std::size_t wanted(std::size_t builds, const std::vector<double>& half_widths) const;

 private:
  double target_;
  bool was_narrow_ = false;    // at the last look
  std::size_t looked_at_ = 0;  // number of builds at the last look
};

}  // namespace hopcost::campaign
