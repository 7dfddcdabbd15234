// Verdicts on the contrasts of a family, whatever was measured: higher, lower, same or undecided. No verdict
// claims more than the controls of the same run allow. Pure. Includes base, stats.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "campaign/figures/over_builds.h"

namespace hopcost::campaign {

/// One contrast and the verdict on it.
struct Judged {
  OverBuilds median;
  Equivalence equivalence;
  double p_holm = 1, p_same_holm = 1;
  std::string verdict = "undecided";           ///< "higher", "lower", "same" or "undecided".
  std::optional<std::uint64_t> builds_wanted;  ///< For "undecided": how many builds would probably decide it.
};

/// A contrast without a verdict, for judge(). `margin`: differences up to this count as none.
[[nodiscard]] Judged unjudged(OverBuilds median, double margin);

/// How large a difference may be that the controls can't tell from noise.
struct Floors {
  /// How far from 0 the controls may be, as far as this run knows: the furthest end of their intervals. So an
  /// imprecise control allows fewer claims than a precise one. Infinite when a control has no interval.
  double now = 0;
  /// The part that more builds do not remove: the estimate of a control whose interval excludes 0, without
  /// its sign.
  double lasting = 0;
};

/// The floors that these controls set; null: a control that was not measured.
[[nodiscard]] Floors floors_of(const std::vector<const OverBuilds*>& controls);

/// Adjusts the p-values of the family by Holm, and gives the verdicts. `margin`: as for unjudged().
void judge(const std::vector<Judged*>& family, const Floors& floors, double margin);

}  // namespace hopcost::campaign
