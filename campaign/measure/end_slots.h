// Decides how long a build's end slots are. Pure. Includes figures/.
#pragma once

#include <optional>
#include <vector>

#include "campaign/figures/over_builds.h"

namespace hopcost::campaign {

/// How much the builds' figures of one mode scatter, as variances, ns².
struct Scatter {
  double within = 0;   ///< From the scatter of pairs of trains; the mean over builds.
  double between = 0;  ///< What longer slots don't lessen: builds differ, and the CPU's speed changes.
};

/// The scatter that a cost over builds shows; nothing where it has too few builds.
[[nodiscard]] std::optional<Scatter> scatter_of(const OverBuilds& cost);

/// Divides a run's time between making builds and sending packets in them. Longer slots lessen the scatter of
/// pairs of trains within a build. More builds lessen that too, and also how far builds differ. A build takes
/// `fixed` seconds besides its end slots. After a given time the mean's variance is least with end slots of
/// sqrt(within × fixed / between) seconds, where `within` is the variance of one second of them (Cochran,
/// "Sampling Techniques", section 10.6: the optimum of two-stage sampling). The decision looks at scatter
/// and not at the figures themselves, so it favours no answer. It is made at the looks of
/// campaign/measure/stopping.h.
class EndSlots {
 public:
  static constexpr double kMostStretch = 6;  ///< The most that a run asks for.
  /// So many builds at least are to fit the budget: an interval over few builds is wide.
  static constexpr double kLeastBuilds = 32;

  /// `shortest_s`: how long the end slots of a build take at stretch 1, in seconds, over all levels. `most`:
  /// slots can't be stretched more than that (most_stretch()).
  explicit EndSlots(double shortest_s, double most = kMostStretch) : shortest_s_(shortest_s), most_(most) {}

  /// End slots are so many times as long as the configuration says.
  [[nodiscard]] double stretch() const noexcept { return stretch_; }

  /// A build was made and measured in `seconds`, with end slots of this stretch().
  void built(double seconds);
  /// How long the next build will take, in seconds; 0 before the first one.
  [[nodiscard]] double build_s() const noexcept;

  /// Decides anew, from the modes' scatter over the builds so far and the time that is left. Without a mode
  /// that scatters nothing changes.
  void decide(const std::vector<Scatter>& modes, double left_s);

 private:
  double shortest_s_, most_;
  double stretch_ = 1;
  double builds_ = 0;
  double fixed_s_ = 0;         // sum over builds: time besides end slots
  double one_by_stretch_ = 0;  // sum over builds
};

}  // namespace hopcost::campaign
