// How slow the CPU was from moment to moment, as the same piece of work shows that was timed twice at each.
// Moments belong to builds. Safe from any thread. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace hopcost {

/// How long the same piece of work took, measured twice at each of a build's moments, ns. All vectors have
/// one entry per moment. An entry that is not finite counts as no reading.
struct Readings {
  std::vector<double> one, two;
  /// Where in the build the first was taken: at one place the work may take longer than at another, always.
  std::vector<std::size_t> places;
};

/// How slow the CPU was, by build and moment.
struct Slowness {
  /// The first readings less what they are on the undisturbed CPU, ns.
  std::vector<std::vector<double>> over;
  /// The same by the second readings, ns: what is typical of those that were about as long. A moment without
  /// a second reading is taken for the median of all. Whoever chooses or weighs moments goes by this: the
  /// noise of the first reading is not in it, nor by how much its place is slower than others.
  std::vector<std::vector<double>> expected;
  /// Whether the moment has two readings that go together, compared with other moments at its place: the
  /// speed did not change between them. In a build that has two readings of no moment all are steady, and
  /// `over` is `expected`.
  std::vector<std::vector<bool>> steady;
  /// How long the work takes while nobody disturbs the CPU, ns, by the mean of the two readings: the shortest
  /// time around which many moments cluster, searched from the fastest twentieth of the moments towards
  /// longer times. About the median when the speed does not change.
  double undisturbed = 0;
  double middle = 0;  ///< Median of all moments, ns.
};

/// Without readings all figures are 0.
[[nodiscard]] Slowness slowness_of(std::span<const Readings> builds);

}  // namespace hopcost
