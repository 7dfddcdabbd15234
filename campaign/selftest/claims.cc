#include "campaign/selftest/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "campaign/figures/measured.h"
#include "stats/normal.h"
#include "stats/series.h"

namespace hopcost::campaign {
namespace {

constexpr double kToleranceNs = 10, kMethodToleranceNs = 15;

constexpr double kLeastOfSum = 0.75;  ///< The least that all taps must cost at once, as a share of the sum of
                                      ///< what they cost one by one.

struct Figure {
  double value = 0, half = kInfinite;
};

Figure figure_of(const std::vector<double>& slots) {
  const Shift s = shift_of(slots).shift;
  return {s.estimate, s.enough ? s.ci.half_width() : kInfinite};
}

std::string text_of(const Figure& f) {
  return fmt::format("{:+.1f} ±{:.1f} ns", f.value, f.half);
}

/// By hop: first the delay up to the first tap; then the delay after each tap less that after the next one.
std::vector<Figure> hops_of(const Shown& shown) {
  std::vector<Figure> hops = {figure_of(shown.first)};
  std::vector<Figure> behind;
  for (const auto& slots : shown.from_tap_to_end) behind.push_back(figure_of(slots));
  for (std::size_t t = 0; t < behind.size(); ++t) {
    const Figure next = t + 1 < behind.size() ? behind[t + 1] : Figure{0, 0};
    hops.push_back({behind[t].value - next.value, std::hypot(behind[t].half, next.half)});
  }
  return hops;
}

/// A figure compared with the truth: surely within the tolerance, surely not, or too wide to tell.
enum class Claim { kHolds, kFails, kTooWide };

Claim claim_of(const Figure& f, double truth) {
  const double error = std::abs(f.value - truth);
  if (error + f.half <= kToleranceNs) return Claim::kHolds;
  return error - f.half > kToleranceNs ? Claim::kFails : Claim::kTooWide;
}

std::string found_text(const std::vector<std::string>& names, const std::vector<Figure>& hops,
                       const Figure& whole, double planted_ns) {
  const auto most =
      static_cast<std::size_t>(std::ranges::max_element(hops, {}, &Figure::value) - hops.begin());
  double others = 0;
  for (std::size_t h = 0; h < hops.size(); ++h) {
    if (h != most) others = std::max(others, std::abs(hops[h].value));
  }
  if (planted_ns < 1)
    return fmt::format("end to end {}; every hop within {:.1f} ns", text_of(whole),
                       std::max(others, std::abs(hops[most].value)));
  return fmt::format("{} in {}, where {:.1f} ns were spent; other hops within {:.1f} ns; end to end {}",
                     text_of(hops[most]), names[most], planted_ns, others, text_of(whole));
}

}  // namespace

Verdict judge_delay(const std::vector<std::string>& names, const Shown& shown, std::size_t planted_hop,
                    double planted_ns, Verdict verdict) {
  const auto hops = hops_of(shown);
  const Figure whole = figure_of(shown.whole);
  std::vector<Claim> claims = {claim_of(whole, planted_ns)};
  double widest = whole.half;
  for (std::size_t h = 0; h < hops.size(); ++h) {
    claims.push_back(claim_of(hops[h], h == planted_hop ? planted_ns : 0));
    widest = std::max(widest, hops[h].half);
  }
  const bool failed = std::ranges::count(claims, Claim::kFails) > 0;
  verdict.passed = !failed && std::ranges::count(claims, Claim::kTooWide) == 0;
  verdict.decided = failed || verdict.passed;
  verdict.found = found_text(names, hops, whole, planted_ns);
  if (!verdict.decided)
    verdict.found += fmt::format(
        "; the machine is too restless for claims of {:.0f} ns in so short a time, with intervals of up to "
        "±{:.1f} ns: more time "
        "for each trial narrows them (--trial-s)",
        kToleranceNs, widest);
  return verdict;
}

void judge_difference(Verdict& verdict, double value, double half, std::string text) {
  verdict.passed = std::abs(value) + half <= kMethodToleranceNs;
  verdict.decided = verdict.passed || std::abs(value) - half > kMethodToleranceNs;
  verdict.found = std::move(text);
  if (!verdict.decided) verdict.found += "; more time for each trial narrows it (--trial-s)";
}

Verdict judge_sum(const std::vector<double>& all_at_once, const std::vector<double>& one_by_one) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < all_at_once.size(); ++i) differences.push_back(all_at_once[i] - one_by_one[i]);
  const Shift all = shift_of(all_at_once).shift, sum = shift_of(one_by_one).shift,
              more = shift_of(differences).shift;
  const double half = more.enough ? more.ci.half_width() : kInfinite;
  Verdict verdict;
  verdict.name = "all taps of a path open, against one at a time";
  // Above 0: all taps cost less than they should.
  const double lacking = kLeastOfSum * sum.estimate - all.estimate;
  verdict.passed = more.estimate + half <= kMethodToleranceNs && lacking + half <= 0;
  verdict.decided = verdict.passed || more.estimate - half > kMethodToleranceNs || lacking - half > 0;
  verdict.found =
      fmt::format("all cost {:+.1f} ns at once, {:.1f} one by one: {:+.1f} ±{:.1f} ns more than the sum",
                  all.estimate, sum.estimate, more.estimate, half);
  if (!verdict.decided) verdict.found += "; more time for each trial narrows it (--trial-s)";
  return verdict;
}

}  // namespace hopcost::campaign
