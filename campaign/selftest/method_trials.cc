// try_trains() and try_all_taps() of trials.h: figures that must not depend on how they are measured.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <optional>

#include "base/signals.h"
#include "campaign/figures/analysis.h"
#include "campaign/measure/run.h"
#include "campaign/selftest/trials.h"
#include "stats/normal.h"
#include "stats/series.h"

namespace hopcost::campaign {
namespace {

constexpr double kMethodToleranceNs = 15;

/// The trains compared; the first is what a run uses.
constexpr std::array<Trains, 4> kTrains = {{{16, 6}, {16, 4}, {16, 10}, {64, 6}}};

/// The mode's cost in one slot: the second lane less the first.
std::optional<double> cost_of(const SlotResult& slot) {
  if (!slot.counts()) return std::nullopt;
  std::vector<double> differences;
  const auto &host = slot.lanes[0].pairs.back(), &mode = slot.lanes[1].pairs.back();
  for (std::size_t r = 0; r < std::min(host.size(), mode.size()); ++r)
    differences.push_back(mode[r] - host[r]);
  const auto spread = spread_of(std::move(differences));
  return spread ? std::optional(spread->value) : std::nullopt;
}

/// Passes when a difference is small, error and half-width together.
void judge(Verdict& verdict, double value, double half, std::string text) {
  verdict.decided = half < kMethodToleranceNs;
  verdict.passed = std::abs(value) + half <= kMethodToleranceNs;
  verdict.found = std::move(text);
  if (!verdict.decided) verdict.found += "; more time for each trial narrows it (--trial-s)";
}

Verdict compare(const Trains& other, const std::vector<double>& differences) {
  const Shift s = shift_of(differences).shift;
  const double half = s.enough ? s.ci.half_width() : kInfinite;
  Verdict verdict;
  verdict.name = fmt::format("cost in trains of {}, first {} untimed, against trains of {}, first {}",
                             other.departures, other.untimed, kTrains[0].departures, kTrains[0].untimed);
  judge(verdict, s.estimate, half,
        fmt::format("differs by {:+.1f} ±{:.1f} ns in {} slots", s.estimate, half, s.n));
  return verdict;
}

}  // namespace

Result<std::vector<Verdict>> try_trains(Bench& bench, const Config& config) {
  using Clock = std::chrono::steady_clock;
  std::array<std::vector<double>, kTrains.size()> differences;
  Draw draw(config.seed);
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
  const std::function<void(const Progress&)> quietly = [](const Progress&) {};
  const Measured measured = measure(bench, config, quietly);
  if (!measured.partial_reason.empty()) return error(Exit::kPartial, measured.partial_reason);
  const Figures figures = analyse(measured, config.seed);
  const ModeFigures& mode = figures.levels.front().modes.back();
  Verdict verdict;
  verdict.name = "all taps of a path open, against one at a time";
  if (!mode.all_taps) {
    verdict.decided = false;
    verdict.found = "no slot with all taps open counts";
    return verdict;
  }
  const OverBuilds& excess = mode.all_taps->excess;
  const double half = excess.known() ? excess.shift().ci.half_width() : kInfinite;
  judge(verdict, excess.shift().estimate - mode.all_taps->taps_ns, half,
        fmt::format("{}: all cost {:+.1f} ±{:.1f} ns, one by one they sum up to {:.1f}",
                    measured.lanes[mode.lane].name, excess.shift().estimate, half, mode.all_taps->taps_ns));
  return verdict;
}

}  // namespace hopcost::campaign
