#include "campaign/measure/run.h"

#include <algorithm>
#include <chrono>

#include "base/signals.h"
#include "campaign/design/slot_length.h"
#include "campaign/figures/analysis.h"
#include "campaign/measure/end_slots.h"
#include "campaign/measure/stopping.h"

namespace hopcost::campaign {
namespace {

using Clock = std::chrono::steady_clock;

class Runner {
 public:
  Runner(Bench& bench, const Config& config, const std::function<void(const Progress&)>& tell)
      : bench_(bench),
        config_(config),
        tell_(tell),
        measured_(nothing_yet(bench, config)),
        plan_(measured_.levels.size(), interior_points(bench), bench.instances(), config.seed),
        stopping_(config.target_half_width_ns),
        end_slots_(end_slots_s(config, measured_.lanes.size()),
                   most_stretch(config, measured_.lanes.size(), EndSlots::kMostStretch)),
        budget_s_(config.budget_s * static_cast<double>(measured_.levels.size())),
        start_(Clock::now()) {}

  Measured run() {
    while (another()) {
      if (!build()) break;
      if (stopping_.narrow(measured_.good_builds(), widths_) && config_.builds == 0) {
        measured_.ended_by = "width";
        measured_.looked_before = look_before(measured_.good_builds());
        break;
      }
    }
    measured_.elapsed_s = seconds();
    const bool lost = !measured_.partial_reason.empty();
    if (const auto& clocks = lost ? bench_.clocks() : bench_.clocks_at_the_end()) {
      // A NIC's stamps are of another clock than the one that was read.
      if (!measured_.regimes.contains("hardware")) measured_.one_way = clocks->one_way();
      measured_.drift_ppm = clocks->drift_ppm();
    }
    return std::move(measured_);
  }

 private:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }

  /// How long a build takes, seconds; before the first one, the time that its packets take.
  [[nodiscard]] double build_s() const {
    if (!measured_.builds.empty()) return end_slots_.build_s();
    double slots = 0;
    for (const Load& load : measured_.levels)
      slots += slot_s(config_.slot_ms, config_.trains, load, measured_.lanes.size());
    return slots * plan_.slots_a_build();
  }

  /// Whether another build is wanted and fits the budget. The first one is always made.
  bool another() {
    const std::size_t done = measured_.builds.size();
    if (done == 0) return true;
    if (config_.builds > 0 && done >= config_.builds) {
      measured_.ended_by = "builds";
      return false;
    }
    if (config_.builds == 0 && seconds() + build_s() > budget_s_) {
      measured_.ended_by = "budget";
      return false;
    }
    return true;
  }

  /// Makes and measures one build. False when the run is over.
  bool build() {
    const double begun = seconds();
    if (!measured_.builds.empty()) {
      if (auto r = bench_.renew(); !r) return end_early(why(r.error()));
    }
    std::vector<SlotResult> slots;
    for (PlannedSlot& planned : plan_.next()) {
      if (planned.kind == SlotKind::kEnd) planned.stretch = end_slots_.stretch();
      if (stop_requested()) return keep_and_end(begun, slots, "stopped by a signal");
      auto slot = bench_.run(planned);
      if (!slot) return keep_and_end(begun, slots, why(slot.error()));
      slots.push_back(std::move(*slot));
      report(false);
    }
    measured_.add_build(begun, slots, drifted());
    update_costs();
    end_slots_.built(seconds() - begun);
    measured_.end_slot_stretch = end_slots_.stretch();
    divide_the_time();
    report(true);
    return true;
  }

  /// Computing the costs takes longer the more builds there are. Between looks it is skipped once it has
  /// taken a fiftieth of the run's time.
  void update_costs() {
    constexpr double kMostOfTime = 0.02;
    const double begun = seconds();
    if (!is_look(measured_.good_builds()) && costs_took_s_ > kMostOfTime * begun) return;
    costs_ = costs_so_far(measured_);
    widths_ = half_widths(costs_);
    costs_at_ = measured_.good_builds();
    costs_took_s_ += seconds() - begun;
  }

  /// Decides how long the end slots of the builds to come are; a fixed number of builds keeps its time.
  void divide_the_time() {
    const std::size_t builds = measured_.good_builds();
    if (config_.builds > 0 || !is_look(builds) || builds == divided_at_) return;
    divided_at_ = builds;
    std::vector<Scatter> modes;
    for (const auto& [level, lane, cost] : costs_) {
      if (const auto scatter = scatter_of(cost)) modes.push_back(*scatter);
    }
    end_slots_.decide(modes, budget_s_ - seconds());
  }

  /// Ends the run in the middle of a build. The incomplete build is kept only when it is the first one: then
  /// it is all there is.
  bool keep_and_end(double begun, const std::vector<SlotResult>& slots, std::string why) {
    if (measured_.builds.empty() && !slots.empty()) measured_.add_build(begun, slots, {});
    return end_early(std::move(why));
  }

  /// The reason for a failure. If settings have drifted, for example because a container stopped, that is the
  /// reason.
  [[nodiscard]] std::string why(const Error& e) const {
    const auto found = drifted();
    return found.empty() ? describe(e) : found.front();
  }

  [[nodiscard]] std::vector<std::string> drifted() const {
    auto found = bench_.drift();
    if (!found) return {describe(found.error())};
    std::vector<std::string> told;
    for (const Drifted& d : *found) told.push_back("settings changed under way: " + d.what);
    return told;
  }

  bool end_early(std::string why) {
    // A stop makes calls fail, also with messages about a half-made build; only the stop is reported.
    measured_.partial_reason = stop_requested() ? "stopped by a signal" : std::move(why);
    measured_.ended_by = "stop";
    return false;
  }

  void report(bool build_over) {
    const double elapsed = seconds();
    const std::size_t done = measured_.builds.size();
    const std::size_t asked = config_.builds;
    const double left =
        asked > 0 ? build_s() * static_cast<double>(asked - std::min(asked, done)) : budget_s_ - elapsed;
    const auto affordable = done + static_cast<std::size_t>(std::max(0.0, left) / build_s());
    const std::size_t wanted = stopping_.wanted(costs_at_, widths_);
    tell_({measured_, costs_,
           asked > 0    ? asked
           : wanted > 0 ? std::min(wanted, affordable)
                        : affordable,
           elapsed, std::max(0.0, left), build_over});
  }

  Bench& bench_;
  const Config& config_;
  const std::function<void(const Progress&)>& tell_;
  Measured measured_;
  Plan plan_;
  Stopping stopping_;
  EndSlots end_slots_;
  std::size_t divided_at_ = 0;  // number of builds when their length was decided
  double budget_s_;
  Clock::time_point start_;
  std::vector<CostSoFar> costs_ = costs_so_far(measured_);
  std::vector<double> widths_;  // of costs_
  std::size_t costs_at_ = 0;    // number of builds of costs_
  double costs_took_s_ = 0;
};

}  // namespace

std::vector<std::size_t> interior_points(const Bench& bench) {
  std::vector<std::size_t> interior;
  for (const Lane& lane : bench.lanes()) {
    if (lane.role == Role::kMode) interior.push_back(bench.build().paths()[lane.path].points.size() - 1);
  }
  return interior;
}

Measured nothing_yet(const Bench& bench, const Config& config) {
  Measured m;
  m.lanes = bench.lanes();
  m.levels = levels(config);
  m.instances = bench.instances();
  for (const Lane& lane : m.lanes) {
    const Path& path = bench.build().paths()[lane.path];
    m.topologies.push_back(path.topology.name);
    std::vector<MeasuredPoint> points;
    for (const Point& p : path.points) points.push_back({p.name, p.device});
    m.points.push_back(std::move(points));
  }
  m.totals.resize(m.levels.size(), std::vector<LaneTotals>(m.lanes.size()));
  m.one_clock = bench.sites().one_clock();
  // The stamps are the device's. Its clocks are looked at from the sender's CPU, where sender and device are
  // one machine.
  if (auto clocks = bench.sites().device().clocks(m.one_clock ? bench.sites().placement().sender : 0))
    m.clocks = *clocks;
  return m;
}

Measured measure(Bench& bench, const Config& config, const std::function<void(const Progress&)>& tell) {
  return Runner(bench, config, tell).run();
}

}  // namespace hopcost::campaign
