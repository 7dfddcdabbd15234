// try_delay() of trials.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <span>

#include "base/programs.h"
#include "base/signals.h"
#include "base/units.h"
#include "campaign/figures/measured.h"
#include "campaign/selftest/trials.h"
#include "stats/normal.h"
#include "stats/series.h"

namespace hopcost::campaign {
namespace {

constexpr double kToleranceNs = 10;
constexpr unsigned kSlotsATap = 2;  ///< So many in a row, before another tap is opened.

/// By how much longer the delayed lane's packets were held than the other lane's, on average.
class Spent {
 public:
  /// Only packets that are held from now on count.
  void skip(const Plant& plant) noexcept { last_ = now(plant); }
  /// Adds what was held since then.
  void take(const Plant& plant, bool delayed_odd) noexcept {
    const auto now = Spent::now(plant);
    for (const bool odd : {false, true}) {
      Plant::Held& into = held_[odd == delayed_odd];
      into.packets += now[odd].packets - last_[odd].packets;
      into.ns += now[odd].ns - last_[odd].ns;
    }
    last_ = now;
  }
  [[nodiscard]] double ns() const noexcept { return mean(held_[true]) - mean(held_[false]); }

 private:
  using Both = std::array<Plant::Held, 2>;
  static Both now(const Plant& plant) noexcept { return {plant.held(false), plant.held(true)}; }
  static double mean(const Plant::Held& h) noexcept {
    return h.packets == 0 ? 0 : static_cast<double>(h.ns) / static_cast<double>(h.packets);
  }
  Both last_, held_;  // index of the first: odd; of the second: delayed
};

/// By slot: how much later the delayed lane's packets were than the other's, ns.
struct Shown {
  std::vector<double> whole;                         ///< At the end; for every slot.
  std::vector<double> first;                         ///< At the first tap; for the slots with that tap open.
  std::vector<std::vector<double>> from_tap_to_end;  ///< By interior tap.
};

void note(Shown& shown, std::size_t tap, const LaneSlot& delayed, const LaneSlot& other) {
  if (delayed.pairs.size() != 2 || other.pairs.size() != 2) return;
  std::vector<double> whole, at_tap, rest;
  for (std::size_t r = 0; r < std::min(delayed.pairs[0].size(), other.pairs[0].size()); ++r) {
    whole.push_back(delayed.pairs[1][r] - other.pairs[1][r]);
    at_tap.push_back(delayed.pairs[0][r] - other.pairs[0][r]);
    rest.push_back(whole.back() - at_tap.back());
  }
  const auto put = [](std::vector<double>& into, std::vector<double> differences) {
    if (const auto spread = spread_of(std::move(differences))) into.push_back(spread->value);
  };
  put(shown.whole, std::move(whole));
  if (tap == 0) put(shown.first, std::move(at_tap));
  put(shown.from_tap_to_end[tap], std::move(rest));
}

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

std::string hop_name(const Path& path, std::size_t hop) {
  return fmt::format("{} > {}", hop == 0 ? "tx" : path.points[hop - 1].name, path.points[hop].name);
}

/// A figure compared with the truth: surely within the tolerance, surely not, or too wide to tell.
enum class Claim { kHolds, kFails, kTooWide };

Claim claim_of(const Figure& f, double truth) {
  const double error = std::abs(f.value - truth);
  if (error + f.half <= kToleranceNs) return Claim::kHolds;
  return error - f.half > kToleranceNs ? Claim::kFails : Claim::kTooWide;
}

std::string found_text(const Path& path, const std::vector<Figure>& hops, const Figure& whole,
                       double planted_ns) {
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
                     text_of(hops[most]), hop_name(path, most), planted_ns, others, text_of(whole));
}

Verdict judge(const Path& path, const Shown& shown, std::size_t planted_hop, double planted_ns,
              Verdict verdict) {
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
  verdict.found = found_text(path, hops, whole, planted_ns);
  if (!verdict.decided)
    verdict.found += fmt::format(
        "; the machine is too restless for claims of {:.0f} ns in so short a time, with intervals of up to "
        "±{:.1f} ns: more time "
        "for each trial narrows them (--trial-s)",
        kToleranceNs, widest);
  return verdict;
}

}  // namespace

Result<Layout> two_lanes_on(const std::string& mode) {
  auto folder = find_data("topologies");
  if (!folder) return forward(folder);
  auto topology = nsglue::find_topology(mode, *folder);
  if (!topology) return forward(topology);
  return Layout{{std::move(*topology)}, {{mode, 0, Role::kMode}, {"=" + mode, 0, Role::kRepeat}}};
}

Result<Verdict> try_delay(Bench& bench, const Config& config, const PlantSite& site, std::uint64_t ns,
                          Random& draw) {
  using Clock = std::chrono::steady_clock;
  auto plant = Plant::at(site, config.sizes.front() - kFcsBytes);
  if (!plant) return forward(plant);
  Spent spent;
  const Path& path = bench.build().paths().front();
  const std::size_t taps = path.points.size() - 1;
  Shown shown{{}, {}, std::vector<std::vector<double>>(taps)};
  const auto end = Clock::now() + std::chrono::duration<double>(config.budget_s);
  for (std::size_t i = 0; Clock::now() < end && !stop_requested(); ++i) {
    const std::size_t tap = i / kSlotsATap % taps;
    const std::size_t delayed = draw.below(2);
    // Each slot takes two flow ids, so lane 0 always has an even one and lane 1 an odd one.
    plant->set_delay(delayed == 1, ns);
    plant->set_delay(delayed == 0, 0);
    spent.skip(*plant);
    auto slot = bench.run({0, SlotKind::kHop, {tap}});
    if (!slot) return forward(slot);
    if (!slot->counts()) continue;
    spent.take(*plant, delayed == 1);
    note(shown, tap, slot->lanes[delayed], slot->lanes[1 - delayed]);
  }
  Verdict verdict;
  verdict.name = ns == 0 ? "A/A: nothing planted" : fmt::format("{} ns planted at {}", ns, site.text());
  return judge(path, shown, site.hop, ns == 0 ? 0 : spent.ns(), std::move(verdict));
}

}  // namespace hopcost::campaign
