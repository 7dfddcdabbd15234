#include "campaign/figures/verdicts.h"

#include <algorithm>
#include <cmath>

#include "stats/normal.h"

namespace hopcost::campaign {
namespace {

constexpr double kMostWanted = 100'000;  // builds, which take more than a week

std::string verdict_of(const Judged& one, double floor, double margin) {
  if (!one.median.known()) return "undecided";
  const Interval ci = one.median.shift().ci;
  if (one.p_holm < 0.05 && ci.lo > floor) return "higher";
  if (one.p_holm < 0.05 && ci.hi < -floor) return "lower";
  const bool same = one.equivalence.equivalent && one.p_same_holm < 0.05 && floor < margin;
  return same ? "same" : "undecided";
}

/// How many builds would decide it. All intervals narrow as 1 / sqrt(builds), those of the controls too,
/// except for the lasting difference.
std::optional<std::uint64_t> wanted(const Judged& one, const Floors& floors, double margin) {
  if (!one.median.known() || !std::isfinite(floors.now)) return std::nullopt;
  const double size = std::abs(one.median.shift().estimate),
               open = one.median.shift().ci.half_width() + floors.now - floors.lasting;
  // How narrow the intervals must get: to the estimate's distance from the lasting floor, or to the distance
  // from the larger of the two to the margin of "same".
  const double room = std::max(size - floors.lasting, margin - std::max(size, floors.lasting));
  if (room <= 0 || open <= 0) return std::nullopt;
  const double builds = std::ceil(static_cast<double>(one.median.builds()) * std::pow(open / room, 2));
  if (builds > kMostWanted) return std::nullopt;
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(builds), one.median.builds() + 1);
}

}  // namespace

Judged unjudged(OverBuilds median, double margin) {
  Judged one;
  one.median = std::move(median);
  one.equivalence = equivalence_of(one.median.series, margin);
  one.p_holm = one.median.series.p_value;
  one.p_same_holm = one.equivalence.p_value;
  return one;
}

Floors floors_of(const std::vector<const OverBuilds*>& controls) {
  Floors floors;
  for (const OverBuilds* control : controls) {
    if (control == nullptr || !control->known()) {
      floors.now = kInfinite;
      continue;
    }
    const Shift& s = control->shift();
    floors.now = std::max({floors.now, std::abs(s.ci.lo), std::abs(s.ci.hi)});
    if (!s.ci.holds(0)) floors.lasting = std::max(floors.lasting, std::abs(s.estimate));
  }
  return floors;
}

void judge(const std::vector<Judged*>& family, const Floors& floors, double margin) {
  std::vector<double> differ, same;
  for (const Judged* one : family) {
    differ.push_back(one->p_holm);
    same.push_back(one->p_same_holm);
  }
  const auto p_differ = holm(differ), p_same = holm(same);
  for (std::size_t i = 0; i < family.size(); ++i) {
    Judged& one = *family[i];
    one.p_holm = p_differ[i];
    one.p_same_holm = p_same[i];
    one.verdict = verdict_of(one, floors.now, margin);
    if (one.verdict == "undecided") one.builds_wanted = wanted(one, floors, margin);
  }
}

}  // namespace hopcost::campaign
