#include "campaign/bench/clock_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"

namespace hopcost::campaign {
namespace {

/// What both bounds allow. The lower one is above the upper one where they contradict each other.
Ahead both(const Ahead& a, const Ahead& b) {
  return {std::max(a.lo_ns, b.lo_ns), std::min(a.hi_ns, b.hi_ns)};
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

Result<ClockLink> ClockLink::open(const ClocksApart& first, std::optional<std::int64_t> stated_ns) {
  const Ahead& ahead = first.ahead;
  if (stated_ns && (ahead.lo_ns > *stated_ns || ahead.hi_ns < -*stated_ns)) {
    const std::int64_t least = ahead.lo_ns > 0 ? ahead.lo_ns : -ahead.hi_ns;
    return error(
        Exit::kUsage,
        fmt::format("the clocks of tester and device are {} ns apart at least, and --clock-bound says {} ns",
                    least, *stated_ns),
        "is what synchronises them running? Without --clock-bound, costs need no common clock");
  }
  ClockLink link(stated_ns);
  link.ahead_ns_ = ahead.lo_ns + (ahead.hi_ns - ahead.lo_ns) / 2;
  link.read(first);
  return link;
}

void ClockLink::read(const ClocksApart& apart) {
  Ahead ahead = apart.ahead;
  if (apart.both_errors_ns) {
    const auto errors = static_cast<std::int64_t>(*apart.both_errors_ns);
    const Ahead narrowed = both(ahead, {-errors, errors});
    // Messages prove what they bound. A clock that claims otherwise is not synchronised.
    const bool narrower = narrowed.lo_ns > ahead.lo_ns || narrowed.hi_ns < ahead.hi_ns;
    if (narrowed.lo_ns <= narrowed.hi_ns && narrower) {
      ahead = narrowed;
      by_synchronised_ = true;
    }
  }
  if (stated_ns_) {
    ahead = both(ahead, {-*stated_ns_, *stated_ns_});
    if (ahead.lo_ns > ahead.hi_ns) {
      if (!disproved_)
        log_warn("the clocks of tester and device are further apart than the {} ns of --clock-bound",
                 *stated_ns_);
      disproved_ = true;
      return;
    }
  }
  band_.add(apart.at_ns, ahead);
}

void ClockLink::learn(std::uint64_t at_ns, std::vector<double> host_ns) {
  std::erase_if(host_ns, [](double t) { return !std::isfinite(t); });
  if (host_ns.empty()) return;
  const std::int64_t middle = std::llround(median(std::move(host_ns)));
  seen_.push_back({at_ns, ahead_ns_ + middle});
  ahead_ns_ += middle - kMedianNs;
}

std::optional<OneWayBounds> ClockLink::one_way() const {
  if (disproved_) return {};
  std::vector<double> least, most;
  for (const Seen& s : seen_) {
    const auto ahead = band_.at(s.at_ns);
    if (!ahead) continue;
    least.push_back(static_cast<double>(s.apart_ns - ahead->hi_ns));
    most.push_back(static_cast<double>(s.apart_ns - ahead->lo_ns));
  }
  if (least.empty()) return {};
  // No packet arrives before it is sent.
  const double lo = std::max(0.0, median(std::move(least))), hi = median(std::move(most));
  if (hi < lo) return {};
  return OneWayBounds{lo, hi, stated_ns_ ? "stated" : by_synchronised_ ? "synchronised" : "messages"};
}

std::optional<double> ClockLink::drift_ppm() const {
  if (seen_.size() < 2) return {};
  ClockFit fit;
  for (const Seen& s : seen_) fit.add(s.at_ns, s.at_ns + static_cast<std::uint64_t>(s.apart_ns));
  return fit.line().drift * 1e6;
}

}  // namespace hopcost::campaign
