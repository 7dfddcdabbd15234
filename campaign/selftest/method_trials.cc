// try_trains() and try_all_taps() of trials.h: figures that must not depend on how they are measured.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <optional>

#include "base/signals.h"
#include "campaign/figures/measured.h"
#include "campaign/selftest/claims.h"
#include "campaign/selftest/trials.h"
#include "stats/normal.h"
#include "stats/series.h"

namespace hopcost::campaign {
namespace {

/// The trains that are compared; the first is what a run uses.
constexpr std::array<Trains, 4> kTrains = {{{16, 6}, {16, 4}, {16, 10}, {64, 6}}};

/// The mode's cost in one slot: the first lane less the second.
std::optional<double> cost_of(const SlotResult& slot) {
  if (!slot.counts()) return std::nullopt;
  std::vector<double> differences;
  const auto &host = slot.lanes[1].pairs.back(), &mode = slot.lanes[0].pairs.back();
  for (std::size_t r = 0; r < std::min(host.size(), mode.size()); ++r)
    differences.push_back(mode[r] - host[r]);
  const auto spread = spread_of(std::move(differences));
  return spread ? std::optional(spread->value) : std::nullopt;
}

Verdict compare(const Trains& other, const std::vector<double>& differences) {
  const Shift s = shift_of(differences).shift;
  const double half = s.enough ? s.ci.half_width() : kInfinite;
  Verdict verdict;
  verdict.name = fmt::format("cost in trains of {}, first {} untimed, against trains of {}, first {}",
                             other.departures, other.untimed, kTrains[0].departures, kTrains[0].untimed);
  judge_difference(verdict, s.estimate, half,
                   fmt::format("differs by {:+.1f} ±{:.1f} ns in {} slots", s.estimate, half, s.n));
  return verdict;
}

}  // namespace

Result<Layout> mode_and_host(const std::string& mode) {
  Config config;
  config.modes = {"host", mode};
  auto layout = campaign_layout(config);
  if (!layout) return forward(layout);
  return Layout{{layout->topologies[1], layout->topologies[0]},
                {{mode, 0, Role::kMode}, {"host", 1, Role::kInstance}}};
}

Result<std::vector<Verdict>> try_trains(Bench& bench, const Config& config) {
  using Clock = std::chrono::steady_clock;
  std::array<std::vector<double>, kTrains.size()> differences;
  Random draw(config.seed);
  const auto end = Clock::now() + std::chrono::duration<double>(config.budget_s);
  while (Clock::now() < end && !stop_requested()) {
    std::vector<std::size_t> order = {0, 1, 2, 3};
    draw.shuffle(order);
    std::array<std::optional<double>, kTrains.size()> costs;
    for (const std::size_t t : order) {
      auto slot = bench.run({0, SlotKind::kEnd}, kTrains[t]);
      if (!slot) return forward(slot);
      costs[t] = cost_of(*slot);
    }
    for (std::size_t t = 1; t < kTrains.size(); ++t) {
      if (costs[0] && costs[t]) differences[t].push_back(*costs[t] - *costs[0]);
    }
  }
  std::vector<Verdict> verdicts;
  for (std::size_t t = 1; t < kTrains.size(); ++t) verdicts.push_back(compare(kTrains[t], differences[t]));
  return verdicts;
}

Result<Verdict> try_all_taps(Bench& bench, const Config& config) {
  using Clock = std::chrono::steady_clock;
  const std::size_t taps = bench.build().paths().front().points.size() - 1;
  Random draw(config.seed);
  std::vector<double> all_at_once, one_by_one;
  const auto end = Clock::now() + std::chrono::duration<double>(config.budget_s);
  while (Clock::now() < end && !stop_requested()) {
    // Each tap alone, none, and all, in random order.
    std::vector<PlannedSlot> slots = {{0, SlotKind::kEnd}, {0, SlotKind::kAll}};
    for (std::size_t t = 0; t < taps; ++t) slots.push_back({0, SlotKind::kHop, {t}});
    draw.shuffle(slots);
    std::optional<double> none, all;
    double sum = 0;
    std::size_t known = 0;
    for (const PlannedSlot& planned : slots) {
      auto slot = bench.run(planned);
      if (!slot) return forward(slot);
      const auto cost = cost_of(*slot);
      if (!cost) continue;
      if (planned.kind == SlotKind::kEnd) none = cost;
      if (planned.kind == SlotKind::kAll) all = cost;
      if (planned.kind == SlotKind::kHop) {
        sum += *cost;
        ++known;
      }
    }
    if (!none || !all || known != taps) continue;
    all_at_once.push_back(*all - *none);
    one_by_one.push_back(sum - static_cast<double>(taps) * *none);
  }
  return judge_sum(all_at_once, one_by_one);
}

}  // namespace hopcost::campaign
