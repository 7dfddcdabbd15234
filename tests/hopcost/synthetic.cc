#include "tests/hopcost/synthetic.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/hdr_codec.h"

namespace hopcost::campaign {
namespace {

constexpr std::size_t kRounds = 8, kTrain = 16, kUntimed = 6;
constexpr double kNever = std::numeric_limits<double>::infinity();

/// As the analyzer takes it: of an even number the mean of the two in the middle.
double median(std::vector<double> times) {
  std::ranges::sort(times);
  return (times[(times.size() - 1) / 2] + times[times.size() / 2]) / 2;
}

std::vector<std::string> names_of(const std::vector<SyntheticWay>& modes) {
  std::vector<std::string> names;
  for (const SyntheticWay& w : modes) names.push_back(w.name);
  return names;
}

std::vector<std::size_t> interior_of(const std::vector<SyntheticWay>& modes) {
  std::vector<std::size_t> interior;
  for (const SyntheticWay& w : modes) interior.push_back(w.points.size() - 1);
  return interior;
}

/// The points of a lane's way whose taps are open in a slot: of host's second instance the end's alone.
std::vector<std::size_t> open_points(const PlannedSlot& planned, const Lane& lane, const SyntheticWay& way) {
  std::vector<std::size_t> open;
  for (std::size_t p = 0; lane.role != Role::kInstance && p + 1 < way.points.size(); ++p) {
    const bool one = lane.path < planned.taps.size() && planned.taps[lane.path] == p;
    if (one || planned.kind == SlotKind::kAll) open.push_back(p);
  }
  open.push_back(way.points.size() - 1);
  return open;
}

nlohmann::json audit_of(std::uint64_t departures) {
  HdrHistogram late;
  late.record_n(40, departures);
  return {{"offered_pps", 20'000}, {"achieved_pps", 19'990},    {"departures", departures},
          {"within_64_ns", 0.5},   {"within_128_ns", 0.75},     {"within_256_ns", 1.0},
          {"within_512_ns", 1.0},  {"micro_bursts", 1},         {"missed_slots", 2},
          {"tx_errors", 1},        {"clock_uncertainty_ns", 3}, {"late_histogram", encode_base64(late)}};
}

}  // namespace

SyntheticWay host_way() {
  return {"host", {"wire", "socket"}, {200, 330}, {40}};
}

SyntheticWay bridge_way(double cost_ns) {
  return {"bridge", {"wire", "port", "socket"}, {200, 400, 330 + cost_ns}, {40, 60}};
}

Simulation::Simulation(Machine machine, std::uint64_t seed)
    : machine_(std::move(machine)),
      lanes_(lanes_for(names_of(machine_.modes))),
      plan_(machine_.levels.size(), interior_of(machine_.modes), machine_.instances, seed),
      random_(seed),
      instances_(machine_.instances, std::vector<double>(machine_.modes.size() + 1)) {}

const SyntheticWay& Simulation::way_of(std::size_t lane) const {
  return machine_.modes[lanes_[lane].role == Role::kMode ? lane : 0];
}

LaneSlot Simulation::silent_lane(const PlannedSlot& planned, std::size_t lane) const {
  const SyntheticWay& way = way_of(lane);
  LaneSlot l;
  std::string from = "tx";
  for (const std::size_t p : open_points(planned, lanes_[lane], way)) {
    l.taps.push_back({way.points[p]});
    l.hops.push_back({from, way.points[p], {}, {}});
    from = way.points[p];
  }
  l.pairs.resize(l.taps.size());
  l.regime = "tap";
  l.counters = {0, {}, 0, 0};
  l.missing_counters = "the CPU counts no instructions";
  return l;
}

void Simulation::send_train(const PlannedSlot& planned, std::size_t lane, bool back, LaneSlot& into) {
  const SyntheticWay& way = way_of(lane);
  const auto open = open_points(planned, lanes_[lane], way);
  std::normal_distribution<double> noise(0, machine_.noise_ns);
  std::uniform_real_distribution<double> chance(0, 1);
  const double control = lanes_[lane].role == Role::kRepeat     ? machine_.repeat_ns
                         : lanes_[lane].role == Role::kInstance ? machine_.instance_ns
                                                                : 0;
  std::vector<std::vector<double>> times(open.size());
  for (std::size_t i = 0; i < kTrain; ++i) {
    const bool timed = i >= kUntimed;
    double late = control + instances_[planned.instance][lanes_[lane].path] + drifted_ + noise(random_),
           before = 0;
    for (std::size_t t = 0; t < open.size(); ++t) {
      const bool end = t + 1 == open.size();
      const bool seen = !end || chance(random_) >= way.lost;
      const double extra = end && open.size() > 1 && planned.kind == SlotKind::kAll ? machine_.crowd_ns : 0;
      const double at = way.at[open[t]] + late + extra;
      ++(seen ? into.taps[t].seen : into.taps[t].lost);
      if (timed) times[t].push_back(seen ? at : kNever);
      if (timed && seen) {
        const double hop = std::max(0.0, std::round(at - before));
        into.hops[t].times.record(static_cast<std::uint64_t>(hop));
        ++into.hops[t].cpu.same;
        if (end) into.end_to_end.record(static_cast<std::uint64_t>(std::max(0.0, std::round(at))));
      }
      before = at;
      if (!end) late += way.tap[open[t]];
    }
  }
  into.sent += kTrain;
  into.end_cpu.same = into.end_to_end.count();
  into.counted += kTrain;
  *into.counters[0] += 1000 * kTrain;
  for (std::size_t t = 0; t < open.size(); ++t) {
    if (back)
      into.pairs[t].back() = (into.pairs[t].back() + median(times[t])) / 2;
    else
      into.pairs[t].push_back(median(times[t]));
  }
}

SlotResult Simulation::slot(const PlannedSlot& planned) {
  SlotResult s;
  s.plan = planned;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) s.lanes.push_back(silent_lane(planned, lane));
  std::vector<std::size_t> order;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) order.push_back(lane);
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::ranges::shuffle(order, random_);
    for (std::size_t i = 0; i < 2 * order.size(); ++i) {
      const bool back = i >= order.size();
      const std::size_t lane = order[back ? 2 * order.size() - 1 - i : i];
      send_train(planned, lane, back, s.lanes[lane]);
      drifted_ += machine_.drift_ns;
    }
  }
  const std::uint64_t departures = 2 * kRounds * kTrain * lanes_.size();
  s.audit = audit_of(departures);
  s.disturbance = {.steal_ns = 1e6,
                   .late = 2,
                   .departures = static_cast<double>(departures),
                   .squeezed = 3,
                   .dropped = 1,
                   .work_ns = 90 + static_cast<double>(random_() % 10)};
  return s;
}

std::vector<SlotResult> Simulation::build(const Change& change) {
  std::normal_distribution<double> differs(0, 1);
  for (auto& paths : instances_) {
    for (double& ns : paths) ns = machine_.build_sd_ns * differs(random_);
  }
  std::vector<SlotResult> slots;
  for (const PlannedSlot& planned : plan_.next()) {
    slots.push_back(slot(planned));
    if (change) change(slots.back());
  }
  return slots;
}

Measured Simulation::nothing_yet() const {
  Measured m;
  m.lanes = lanes_;
  m.levels = machine_.levels;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    const SyntheticWay& way = way_of(lane);
    m.topologies.push_back(way.name);
    std::vector<MeasuredPoint> points;
    for (const auto& p : way.points) points.push_back({p, p + "0"});
    m.points.push_back(std::move(points));
  }
  m.totals.resize(m.levels.size(), std::vector<LaneTotals>(lanes_.size()));
  m.clocks = {0.4, 30.0, 2};
  m.ended_by = "budget";
  return m;
}

Measured Simulation::run(int builds, const Change& change) {
  Measured m = nothing_yet();
  for (int b = 0; b < builds; ++b) m.add_build(3.0 * b, build(change), {});
  m.elapsed_s = 3.0 * builds;
  return m;
}

InstancePairs alike_pairs(std::size_t pairs, double ns) {
  return {std::vector<double>(pairs, ns), std::vector<std::size_t>(pairs)};
}

Measured given_builds(const std::vector<std::vector<double>>& costs, const std::vector<double>& repeat,
                      const std::vector<double>& instance) {
  Machine machine;
  machine.modes.resize(1);
  for (std::size_t i = 0; i < costs.front().size(); ++i) {
    machine.modes.push_back(host_way());
    machine.modes.back().name = "mode" + std::to_string(i + 1);
  }
  Measured m = Simulation(machine).nothing_yet();
  for (std::size_t b = 0; b < costs.size(); ++b) {
    std::vector<double> at = {1000};
    for (const double c : costs[b]) at.push_back(1000 + c);
    at.push_back(1000 + repeat.at(b));
    at.push_back(1000 + instance.at(b));
    BuildFigures build{
        .number = static_cast<std::uint32_t>(b), .begun_s = 0, .void_reasons = {}, .levels = {}};
    auto& lanes = build.levels.emplace_back();
    lanes.reserve(at.size());
    for (const double own : at) {
      LaneBuild& lane = lanes.emplace_back();
      lane.latency = Spread{own, 1, 24};
      lane.pairs = alike_pairs(24, own);
      for (const double other : at) lane.against.push_back(Spread{own - other, 1, 24});
      lane.arrival.resize(1);
      lane.end_with.resize(1);
      lane.times.times.record_n(static_cast<std::uint64_t>(own), 480);
    }
    m.builds.push_back(std::move(build));
  }
  for (LaneTotals& t : m.totals.front()) {
    t.slots = static_cast<std::uint32_t>(3 * costs.size());
    t.sent = t.end.seen = 768 * costs.size();
    t.end_to_end.record_n(1000, 480 * costs.size());
  }
  m.regimes = {"tap"};
  m.elapsed_s = 3.0 * static_cast<double>(costs.size());
  return m;
}

}  // namespace hopcost::campaign
