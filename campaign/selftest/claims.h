// What the self-test claims of the differences that its slots showed, and whether the claims hold. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "campaign/selftest/selftest.h"

namespace hopcost::campaign {

/// By slot: how much later the delayed lane's packets were than the other's, ns.
struct Shown {
  std::vector<double> whole;                         ///< At the end; for every slot.
  std::vector<double> first;                         ///< At the first tap; for the slots with that tap open.
  std::vector<std::vector<double>> from_tap_to_end;  ///< By interior tap.
};

/// Judges a delay. Each hop, and the whole, must differ by what was planted there: error and half-width
/// together within 10 ns. Failed when one surely does not; undecided when an interval is too wide to tell.
/// `names` are the hops' names; `verdict` has the trial's.
[[nodiscard]] Verdict judge_delay(const std::vector<std::string>& names, const Shown& shown,
                                  std::size_t planted_hop, double planted_ns, Verdict verdict);

/// Judges a difference together with its half-width: passed when it is surely within 15 ns, failed when it is
/// surely not, else undecided. `text` says what was found.
void judge_difference(Verdict& verdict, double value, double half, std::string text);

/// Judges the cost of all taps against the sum. All at once may cost less, because the first tap that a
/// packet meets brings the code that all taps share into the cache; a tap that is alone is always the first.
[[nodiscard]] Verdict judge_sum(const std::vector<double>& all_at_once,
                                const std::vector<double>& one_by_one);

}  // namespace hopcost::campaign
