#include "tests/hopcost/simulated_run.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>

#include "campaign/figures/undisturbed.h"
#include "campaign/measure/end_slots.h"
#include "campaign/measure/stopping.h"
#include "stats/normal.h"
#include "stats/student_t.h"
#include "stats/walsh.h"

namespace hopcost::campaign {
namespace {

constexpr std::size_t kRounds = kLeastRounds, kInteriorPoints = 3, kSideBySide = 3;
constexpr double kTrainS = 16 / 20'000.0, kRaisingS = 0.6;  // of each build's time its making takes so long
constexpr double kEndSlotS = 2 * kRounds * kSimulatedLanes * kTrainS, kSlotS = kEndSlotS + 0.05;
constexpr double kLeastRegimeS = 1, kMostRegimeS = 10, kMeanCalmS = 20;
constexpr double kWildShare = 0.02, kWildNs = 10'000;
constexpr int kNoiseBits = 14;

/// Quantiles of the normal distribution, or of Student's t, so fine that drawing one of them is drawing from
/// it.
const std::vector<double>& noise_table(bool wild) {
  const auto made_of = [](double degrees) {
    constexpr double kAll = 1 << kNoiseBits;
    std::vector<double> quantiles;
    for (double i = 0; i < kAll; ++i) quantiles.push_back(student_t_quantile((i + 0.5) / kAll, degrees));
    return quantiles;
  };
  static const std::vector<double> normal = made_of(kInfinite), t = made_of(3);
  return wild ? t : normal;
}

}  // namespace

double Law::mean_speed() const noexcept {
  const double slow_s = (kLeastRegimeS + kMostRegimeS) / 2, slower = (least_slower + most_slower) / 2;
  switch (regimes) {
    case Regimes::kOften:
      return 1 + slower / 2;
    case Regimes::kSeldom:
      return 1 + slower * slow_s / (slow_s + kMeanCalmS);
    case Regimes::kNone:
      break;
  }
  return 1;
}

SimulatedRun::SimulatedRun(const Law& law, double cost_ns, std::size_t builds, std::uint64_t seed)
    : law_(law),
      cost_ns_(cost_ns),
      length_s_(law.build_s * static_cast<double>(builds)),
      plan_(1, {0, kInteriorPoints}, kSideBySide, seed),
      draw_(seed ^ 0x5deece66d),
      slope_(law.line * (2 * uniform() - 1)),
      phase_(2 * std::numbers::pi * uniform()),
      noise_(noise_table(law.wild)),
      regime_ends_s_(-200 + 20 * uniform()),  // so long before that the start is forgotten
      added_(kSideBySide, std::vector<double>(kSimulatedLanes)),
      order_(kSimulatedLanes) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
}

double SimulatedRun::uniform() noexcept {
  return (static_cast<double>(draw_.bits() >> 11) + 0.5) * 0x1.0p-53;
}

double SimulatedRun::normal() noexcept {
  return normal_quantile(uniform());
}

double SimulatedRun::noise() noexcept {
  const std::uint64_t bits = draw_.bits();
  if (!law_.wild) return law_.train_ns * noise_[bits >> (64 - kNoiseBits)];
  const bool late = static_cast<double>(bits & 0xffff'ffff) < kWildShare * 0x1p32;
  return law_.train_ns * noise_[bits >> (64 - kNoiseBits)] / std::numbers::sqrt3 +
         (late ? kWildNs * uniform() : 0);
}

void SimulatedRun::enter_next_regime() noexcept {
  const bool slow = slower_ == 0;
  slower_ = slow ? law_.least_slower + (law_.most_slower - law_.least_slower) * uniform() : 0;
  const bool drawn = slow || law_.regimes == Law::Regimes::kOften;
  regime_ends_s_ +=
      drawn ? kLeastRegimeS + (kMostRegimeS - kLeastRegimeS) * uniform() : -kMeanCalmS * std::log(uniform());
}

/// Moments are asked for in ascending order.
double SimulatedRun::speed(double at_s) noexcept {
  double speed = 1;
  if (law_.line > 0) speed += slope_ * (at_s / length_s_ - 0.5);
  if (law_.wave > 0) speed += law_.wave * std::sin(2 * std::numbers::pi * at_s / law_.wave_s + phase_);
  if (law_.regimes == Law::Regimes::kNone) return speed;
  while (regime_ends_s_ <= at_s) enter_next_regime();
  return speed * (1 + slower_);
}

/// A train of each lane, and each again backwards.
void SimulatedRun::round(double at_s, const std::vector<double>& added,
                         std::vector<std::vector<double>>& pairs) {
  double sums[kSimulatedLanes] = {};
  draw_.shuffle(order_);
  const auto train = [&](std::size_t lane) {
    const double now = speed(at_s), slower = now - 1;
    const double cost = lane == kModeLane ? cost_ns_ * (1 + law_.growth * slower) : 0;
    sums[lane] += now * kHostNs + cost + now * (1 + law_.unsteady * slower) * noise() +
                  added[lane] * (1 + law_.unsteady * slower);
    at_s += kTrainS;
  };
  for (const std::size_t lane : order_) train(lane);
  for (std::size_t i = kSimulatedLanes; i-- > 0;) train(order_[i]);
  for (std::size_t lane = 0; lane < kSimulatedLanes; ++lane) pairs[lane].push_back(sums[lane] / 2);
}

double SimulatedRun::end_slots_s() noexcept {
  return kEndSlotS * static_cast<double>(Plan::end_slots(kSideBySide));
}

std::vector<std::vector<std::vector<double>>> SimulatedRun::next(double stretch) {
  for (auto& added : added_) {
    for (double& ns : added) ns = law_.instance_ns * normal();
    added[kRepeatLane] = added[kHostLane];  // the same instance
  }
  std::vector<std::vector<std::vector<double>>> slots;
  const auto rounds = static_cast<std::size_t>(static_cast<double>(kRounds) * stretch);
  const double longer_s = 2 * static_cast<double>((rounds - kRounds) * kSimulatedLanes) * kTrainS;
  double at_s = begins_s_ + kRaisingS;
  begins_s_ += law_.build_s + static_cast<double>(Plan::end_slots(kSideBySide)) * longer_s;
  for (const PlannedSlot& planned : plan_.next()) {
    if (planned.kind == SlotKind::kEnd) {
      slots.emplace_back(kSimulatedLanes);
      for (std::size_t r = 0; r < rounds; ++r)
        round(at_s + static_cast<double>(2 * r * kSimulatedLanes) * kTrainS, added_[planned.instance],
              slots.back());
      at_s += longer_s;
    }
    at_s += kSlotS;
  }
  return slots;
}

std::vector<SlotResult> SimulatedRun::slots(const std::vector<std::vector<std::vector<double>>>& pairs) {
  std::vector<SlotResult> slots;
  for (const auto& lanes : pairs) {
    SlotResult slot;
    slot.plan.kind = SlotKind::kEnd;
    slot.plan.instance = slots.size();
    for (const auto& own : lanes) {
      LaneSlot lane;
      lane.taps = {{.name = "end"}};
      lane.pairs = {own};
      lane.regime = "tap";
      slot.lanes.push_back(std::move(lane));
    }
    slots.push_back(std::move(slot));
  }
  return slots;
}

void add_build(const std::vector<std::vector<std::vector<double>>>& pairs, BuildSeries& to) {
  std::vector<double> less[kSimulatedLanes], share;
  std::vector<std::size_t> instances;
  Readings controls;
  for (std::size_t s = 0; s < pairs.size(); ++s) {
    const auto& slot = pairs[s];
    for (std::size_t r = 0; r < slot[kHostLane].size(); ++r) {
      for (std::size_t lane = 1; lane < kSimulatedLanes; ++lane)
        less[lane].push_back(slot[lane][r] - slot[kHostLane][r]);
      share.push_back(less[kModeLane].back() / slot[kHostLane][r]);
      instances.push_back(s);
      controls.one.push_back(slot[kRepeatLane][r]);
      controls.two.push_back(slot[kInstanceLane][r]);
      controls.places.push_back(s);
    }
  }
  const auto add = [&](std::vector<double>& figures, ByPair& series) {
    series.figures.push_back(std::move(figures));
    series.instances.push_back(instances);
  };
  add(less[kModeLane], to.mode);
  add(less[kRepeatLane], to.repeat);
  add(less[kInstanceLane], to.instance);
  add(share, to.share);
  to.controls.push_back(std::move(controls));
}

BuildSeries first(const BuildSeries& series, std::size_t builds) {
  BuildSeries few = series;
  for (ByPair* pairs : {&few.mode, &few.repeat, &few.instance, &few.share}) {
    pairs->figures.resize(builds);
    pairs->instances.resize(builds);
  }
  few.controls.resize(builds);
  return few;
}

OverBuilds cost_of(const BuildSeries& series, std::size_t looked_before) {
  const Slowness speed = slowness_of(series.controls);
  return undisturbed(series.mode, speed, growth_of(series.mode, speed), looked_before);
}

ByBuild medians(const ByPair& figures) {
  ByBuild all;
  for (std::size_t b = 0; b < figures.figures.size(); ++b)
    all.push_back(over_instances(InstancePairs{figures.figures[b], figures.instances[b]}));
  return all;
}

Contrasts contrasts_of(const BuildSeries& series, std::size_t looked_before) {
  Contrasts c{.mode = {},
              .typical = {},
              .repeat = {},
              .instance = {},
              .share = {},
              .speed = slowness_of(series.controls)};
  c.mode = undisturbed(series.mode, c.speed, growth_of(series.mode, c.speed), looked_before);
  c.typical = over_builds(medians(series.mode), looked_before);
  c.repeat = over_builds(medians(series.repeat), looked_before);
  c.instance = over_builds(medians(series.instance), looked_before);
  c.share = undisturbed(series.share, c.speed, share_growth_of(series.share, c.speed), looked_before);
  return c;
}

BuildSeries simulate(const Law& law, double cost_ns, std::size_t builds, std::uint64_t seed) {
  SimulatedRun run(law, cost_ns, builds, seed);
  BuildSeries series;
  for (std::size_t b = 0; b < builds; ++b) add_build(run.next(), series);
  return series;
}

BuildSeries simulate_divided(const Law& law, double cost_ns, std::size_t builds, std::uint64_t seed) {
  constexpr double kLeftS = 1000;
  SimulatedRun run(law, cost_ns, builds, seed);
  EndSlots slots(SimulatedRun::end_slots_s());
  BuildSeries series;
  for (std::size_t b = 1; b <= builds; ++b) {
    add_build(run.next(slots.stretch()), series);
    slots.built(law.build_s + (slots.stretch() - 1) * SimulatedRun::end_slots_s());
    if (!is_look(b)) continue;
    slots.decide({*scatter_of(cost_of(series))}, kLeftS);
  }
  return series;
}

double typical_cost(const NamedLaw& law, double cost_ns) {
  static std::map<std::pair<std::string, double>, double> known;
  constexpr std::size_t kNearlyWithoutEnd = 20'000;
  const auto [at, is_new] = known.try_emplace({law.name, cost_ns});
  if (!is_new) return at->second;
  Law endless = law.law;
  endless.line = 0;
  std::vector<double> figures;
  for (const auto& f : medians(simulate(endless, cost_ns, kNearlyWithoutEnd, 99).mode))
    figures.push_back(f->value);
  return at->second = walsh_median(figures);
}

}  // namespace hopcost::campaign
