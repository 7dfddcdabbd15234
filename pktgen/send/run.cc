#include "pktgen/send/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <limits>
#include <map>

#include "base/units.h"
#include "pktgen/io/tee_port.h"
#include "pktgen/send/lanes_hand.h"
#include "pktgen/send/make_loop.h"
#include "pktgen/send/prepare.h"
#include "pktgen/send/send_loop.h"

namespace hopcost::pktgen {
namespace {

constexpr double kNearNs = 2'000;
constexpr double kStallNs = 1e9;
constexpr double kDrainNs = 200e6;
constexpr double kBeforeBeginNs = 5e6;  // to spare for looking at the host before a begin that is waited for
constexpr double kBorderNs = 5'000;     // to spare for reading the counters
constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();
constexpr int kFreshAnchors = 8;  // the clock's fit may be old after a pause between runs

/// Gives the devices up to kDrainNs to take the frames that are owed.
template <Emitter E>
void drain(std::span<E> lanes, const TscClock& clock) noexcept {
  const std::uint64_t end = Tsc::now().ticks + clock.ticks_in(kDrainNs);
  for (E& e : lanes)
    while (e.owed() > 0 && e.failed() == 0 && Tsc::now().ticks < end) e.flush();
}

/// The spec's steps as departures and ticks.
std::vector<RateStep> steps_in_ticks(const RunSpec& spec, const TscClock& clock) {
  std::vector<RateStep> steps = spec.steps;
  const double per_tick = 1e-9 / clock.ticks_per_ns() / spec.burst;
  for (auto& s : steps)
    s = {static_cast<double>(clock.ticks_in(s.ticks)), s.from * per_tick, s.to * per_tick};
  return steps;
}

/// Mean gap between departures, in ticks. Recorded departures have no mean gap; a huge one means that none
/// counts as missed.
double mean_gap(const RunSpec& spec, const TscClock& clock) noexcept {
  if (spec.recorded) return 1e18;
  return spec.pps > 0 ? spec.burst / spec.pps * 1e9 * clock.ticks_per_ns() : 0;
}

/// Packets after which the run ends; with turns a whole number of rounds.
std::uint64_t packets_of(const RunSpec& spec) noexcept {
  if (!spec.turns) return spec.count.value_or(kForever);
  const std::uint64_t round = Turns::round(spec.lanes.size(), *spec.turns) * spec.burst;
  std::uint64_t rounds = spec.rounds.value_or(kForever);
  if (spec.count) rounds = std::min(rounds, *spec.count / round + (*spec.count % round != 0));
  return rounds > kForever / round ? kForever : rounds * round;
}

SendJob job_of(const RunSpec& spec, const RunTools& tools) noexcept {
  const TscClock& clock = tools.clock;
  return {.count = packets_of(spec),
          .ticks = spec.duration_ns ? clock.ticks_in(static_cast<double>(*spec.duration_ns)) : kForever,
          .burst = spec.burst,
          .near = clock.ticks_in(kNearNs),
          .stall = clock.ticks_in(kStallNs),
          .lateness = tools.lateness,
          .progress = tools.progress};
}

template <TxPort P, class S, RunClock C>
LentFrames<P, S, C> emitter_of(const LaneEnds<P, S>& lane, const SendJob& job, C& clock, SendCount& run) {
  return {*lane.port, *lane.source, *lane.count, job, clock, run};
}
template <MakerPort P, class S, RunClock C>
MadeFrames<P, C> emitter_of(const LaneEnds<P, S>& lane, const SendJob& job, C& clock, SendCount& run) {
  return {*lane.port, *lane.source, *lane.count, job, clock, run};
}

/// A run of lanes of one kind, from its set-up to its result. Refers to its arguments.
template <class P, class S>
class LanesRun {
 public:
  LanesRun(std::span<const LaneEnds<P, S>> lanes, RunSpec& spec, const RunTools& tools)
      : ends_(lanes),
        spec_(spec),
        tools_(tools),
        clock_(tools.clock),
        run_clock_(tools.clock),
        job_(job_of(spec, tools)),
        meter_(lanes.size()),
        result_{.offered_pps = spec.pps,
                .audit = Audit(tools.clock.ticks_per_ns(), mean_gap(spec, tools.clock))} {}

  Result<RunResult> operator()() {
    if (auto ok = prepare(ends_, spec_.stamp); !ok) return forward(ok);
    open_books();
    for (int i = 0; i < kFreshAnchors; ++i) clock_.anchor();
    result_.before = HostState::now(tools_.cpu);
    if (tools_.gate != nullptr) {
      const auto begin = tools_.gate->arrive();
      if (!begin) return error(Exit::kFailure, "another worker could not begin");
      await(*begin);
    }
    const PerfCounts counted = tools_.counters.read();
    result_.end = send();
    drain(std::span(emitters_), clock_);
    const PerfCounts now = tools_.counters.read();
    meter_.border(now, 0, count_.given);
    result_.counters = now.since(counted);
    result_.counters_missing = tools_.counters.missing();
    close_books();
    result_.after = HostState::now(tools_.cpu);
    return std::move(result_);
  }

 private:
  using E = decltype(emitter_of(std::declval<const LaneEnds<P, S>&>(), std::declval<const SendJob&>(),
                                std::declval<TscRunClock&>(), std::declval<SendCount&>()));

  /// Waits until just before the begin. What was seen of the host and of the counters leaves out the wait.
  void await(std::uint64_t begin) {
    const std::uint64_t before = begin - std::min(begin, clock_.ticks_in(kBeforeBeginNs));
    if (wait_until(run_clock_, before, job_.near, job_.progress).awaited)
      result_.before = HostState::now(tools_.cpu);
    job_.begin = begin;
    result_.began_ns = clock_.to_ns(Tsc{begin});
  }

  void open_books() {
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      emitters_.push_back(emitter_of(ends_[i], job_, run_clock_, count_));
      PortShare& port = ports_[ends_[i].port];
      if (port.lanes++ == 0) port.errors = emitters_.back().errors();
      records_.push_back({.count = ends_[i].count, .port = &port, .board = spec_.lanes[i].board});
    }
  }

  SendEnd send() {
    if constexpr (std::same_as<S, ReplaySource>) {
      if (spec_.recorded)
        return pace_lanes(OneLane{}, RecordedPlan(*ends_.front().source, clock_.ticks_per_ns()));
    }
    if (spec_.pps == 0) return send_flat_out(emitters_.front(), job_, run_clock_, count_);
    const auto steps = steps_in_ticks(spec_, clock_);
    DeparturePlan plan(spec_.gap, mean_gap(spec_, clock_), spec_.seed);
    plan.set_steps(steps);
    plan.set_phase(clock_.ticks_in(spec_.phase_ns));
    plan.set_train(spec_.train.departures,
                   static_cast<double>(clock_.ticks_in(static_cast<double>(spec_.train.gap_ns))));
    return spec_.turns ? pace_lanes(Turns(ends_.size(), *spec_.turns), plan) : pace_lanes(OneLane{}, plan);
  }

  template <class T, class Plan>
  SendEnd pace_lanes(T turns, const Plan& plan) {
    BorderMeter meter{tools_.counters, meter_, clock_.ticks_in(kBorderNs)};
    LanesHand<E, T, TscRunClock> hand({.emitters = emitters_,
                                       .records = records_,
                                       .job = job_,
                                       .run = count_,
                                       .clock = run_clock_,
                                       .audit = result_.audit,
                                       .meter = &meter},
                                      std::move(turns));
    const SendEnd end = pace(hand, job_, run_clock_, plan, result_.audit, count_);
    last_ = hand.last();
    return end;
  }

  /// At the end the rest of a port's counts goes to the lane that departed last on it.
  void close_lane(std::size_t i) {
    E& e = emitters_[i];
    LaneRecord& r = records_[i];
    const std::uint64_t errors = e.errors(), owed = e.owed();
    r.refused += errors - r.port->errors + owed - r.port->owed;
    r.port->errors = errors;
    r.port->owed = owed;
    const LaneCount& c = *r.count;
    LaneResult lane{.tx_errors = r.refused, .lateness = r.lateness, .counters = meter_.of(i)};
    lane.sent = c.given - std::min(c.given, r.refused);
    // Frames that did not leave are taken at the mean size, because a port does not say which they are.
    lane.sent_bytes = lane.sent == c.given ? c.bytes
                                           : static_cast<std::uint64_t>(static_cast<double>(c.bytes) *
                                                                        static_cast<double>(lane.sent) /
                                                                        static_cast<double>(c.given));
    if (!spec_.turns) lane.counters = {result_.counters, lane.sent};
    result_.sent += lane.sent;
    result_.sent_bytes += lane.sent_bytes;
    result_.tx_errors += lane.tx_errors;
    result_.audit.add(lane.lateness);
    result_.lanes[i] = std::move(lane);
  }

  void close_books() {
    const std::uint64_t over = Tsc::now().ticks;
    RunResult& r = result_;
    r.elapsed_ns = over > count_.start ? static_cast<std::uint64_t>(clock_.span_ns(over - count_.start)) : 0;
    if (r.began_ns == 0) r.began_ns = clock_.to_ns(Tsc{count_.start});
    if (over < std::max(count_.start, job_.begin)) r.began_ns = 0;
    r.lanes.resize(ends_.size());
    for (E& e : emitters_) e.settle();
    close_lane(last_);
    for (std::size_t i = 0; i < ends_.size(); ++i)
      if (i != last_) close_lane(i);
    tools_.progress.errors.store(r.tx_errors, std::memory_order_relaxed);
    r.clock_uncertainty_ns = clock_.uncertainty_ns();
    r.work_ns = clock_.span_ns(run_clock_.speed().median_ticks());
    if (r.audit.departures() > 0) {
      r.first = clock_.to_ns(Tsc{count_.first});
      r.last = clock_.to_ns(Tsc{count_.last});
    }
    r.achieved_pps = achieved_pps(r);
    for (E& e : emitters_) {
      if (r.port_errno == 0) r.port_errno = e.failed();
      if (r.note.empty()) r.note = e.note();
    }
    if (r.port_errno != 0) r.end = SendEnd::kPortFailed;
    merge_departures();
  }

  /// Merges each port's departure stamps, once per port.
  void merge_departures() {
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      if (ports_[ends_[i].port].lanes == 0) continue;
      ports_[ends_[i].port].lanes = 0;
      const DepartureStamps* stamps = emitters_[i].departures();
      if (stamps == nullptr) continue;
      if (result_.departures) {
        result_.departures->merge(*stamps);
      } else {
        result_.departures = *stamps;
      }
    }
  }

  std::span<const LaneEnds<P, S>> ends_;
  RunSpec& spec_;
  const RunTools& tools_;
  TscClock& clock_;
  TscRunClock run_clock_;
  SendJob job_;
  SendCount count_;
  LaneMeter meter_;
  RunResult result_;
  std::vector<E> emitters_;
  std::map<P*, PortShare> ports_;
  std::vector<LaneRecord> records_;
  std::size_t last_ = 0;
};

/// Puts a TeePort before each port when sent frames are to be captured.
template <class P, class S>
Result<RunResult> run_of(std::span<const LaneEnds<P, S>> lanes, RunSpec& spec, const RunTools& tools) {
  if (tools.writer == nullptr) return LanesRun<P, S>(lanes, spec, tools)();
  if constexpr (TxPort<P>) {
    std::map<P*, TeePort> tees;
    std::vector<LaneEnds<TeePort, S>> written;
    for (const auto& lane : lanes) {
      const auto interface = static_cast<std::uint32_t>(tees.size());  // by first appearance
      TeePort& tee = tees.try_emplace(lane.port, *lane.port, *tools.writer, interface).first->second;
      written.push_back({&tee, lane.source, lane.count});
    }
    return LanesRun<TeePort, S>(written, spec, tools)();
  }
  return error(Exit::kUsage, "this port makes its frames in the kernel: they can't be written",
               "leave out --write");
}

/// Lanes whose ports are all a `Port`, and whose sources are all an `S`.
template <class Port, class S>
Result<RunResult> run_all_as(RunSpec& spec, const RunTools& tools) {
  using P = std::remove_reference_t<decltype(*std::declval<Port&>().tx)>;
  if constexpr (FrameSource<S, P> || (MakerPort<P> && std::same_as<S, TemplateSource>)) {
    std::vector<LaneEnds<P, S>> lanes;
    for (auto& lane : spec.lanes) {
      auto* port = std::get_if<Port>(lane.port);
      auto* source = std::get_if<S>(&lane.source);
      if (port == nullptr)
        return error(Exit::kUsage,
                     fmt::format("lanes of one run send from ports of one backend, not of {} and {}",
                                 info_of(*spec.lanes.front().port).backend, info_of(*lane.port).backend));
      if (source == nullptr)
        return error(Exit::kUsage, "lanes of one run are all fixed frames, or all profiles");
      lanes.push_back({&*port->tx, source, &lane.count});
    }
    return run_of<P, S>(lanes, spec, tools);
  }
  return error(Exit::kUsage,
               fmt::format("{} sends one fixed frame, no profile and no capture",
                           info_of(*spec.lanes.front().port).backend),
               "send them from af_xdp or af_packet");
}

/// Checks what is impossible on any kind of port.
Result<void> check_turns(const RunSpec& spec) {
  if (spec.lanes.empty()) return error(Exit::kUsage, "a run needs a lane at least");
  if (!spec.turns) {
    if (spec.lanes.size() == 1) return {};
    return error(Exit::kUsage, "several lanes need turns", "say how many departures a train has");
  }
  if (spec.turns->train == 0) return error(Exit::kUsage, "a train of 0 departures sends nothing");
  if (spec.pps > 0) return {};
  return error(Exit::kUsage, "turns need a rate: their trains are departures of a plan");
}

}  // namespace

double achieved_pps(const RunResult& r) noexcept {
  // n departures have n - 1 gaps.
  if (r.audit.departures() > 1 && r.last > r.first) {
    const double departures = static_cast<double>(r.audit.departures());
    return static_cast<double>(r.sent) * (departures - 1) / departures /
           static_cast<double>(r.last - r.first) * 1e9;
  }
  return r.elapsed_ns == 0 ? 0 : static_cast<double>(r.sent) * 1e9 / static_cast<double>(r.elapsed_ns);
}

Result<RunResult> run(RunSpec& spec, const RunTools& tools) {
  if (auto ok = check_turns(spec); !ok) return forward(ok);
  for (auto& lane : spec.lanes)
    if (auto* fixed = std::get_if<TemplateSource>(&lane.source)) fixed->set_stamp(spec.stamp);
  return std::visit(
      [&](auto& port, auto& source) {
        return run_all_as<std::remove_reference_t<decltype(port)>, std::remove_reference_t<decltype(source)>>(
            spec, tools);
      },
      *spec.lanes.front().port, spec.lanes.front().source);
}

}  // namespace hopcost::pktgen
