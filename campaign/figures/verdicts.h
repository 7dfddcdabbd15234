// Verdicts on the contrasts of a family, whatever was measured: higher, lower, same or undecided, none beyond
// what the controls of the same run leave open. Pure. Includes base, stats.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "campaign/figures/over_builds.h"

namespace hopcost::campaign {

/// One contrast and what is said of it.
struct Judged {
  OverBuilds median;
  Equivalence equivalence;
  double p_holm = 1, p_same_holm = 1;
  std::string verdict = "undecided";           ///< higher, lower, same, undecided.
  std::optional<std::uint64_t> builds_wanted;  ///< Would decide what is undecided, as it looks now.
};

/// The contrast before judge() has seen it. `margin`: within it there is no difference worth the name.
[[nodiscard]] Judged unjudged(OverBuilds median, double margin);

/// What the controls leave open.
struct Floors {
  /// How far from 0 the controls may be, for all this run knows: the furthest end of their intervals. An
  /// imprecise control so allows less than a precise one. Infinite when one has no interval.
  double now = 0;
  /// What of it is there for good: a control whose interval leaves 0 out differs by its estimate, however
  /// many builds there are.
  double lasting = 0;
};

/// Of these controls; null: one that was not measured.
[[nodiscard]] Floors floors_of(const std::vector<const OverBuilds*>& controls);

/// Holm over all p-values of the family, then the verdicts. `margin`: as for unjudged().
void judge(const std::vector<Judged*>& family, const Floors& floors, double margin);

}  // namespace hopcost::campaign
