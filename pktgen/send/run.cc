#include "pktgen/send/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "pktgen/io/tee_port.h"

namespace hopcost::pktgen {
namespace {

constexpr double kNearNs = 2'000;
constexpr double kStallNs = 1e9;
constexpr int kSpeedSamples = 1000;  // some 100 us
constexpr int kCalmInARow = 10;      // calm for a millisecond, not by chance
constexpr double kDrainNs = 200e6;
constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();
constexpr int kFreshAnchors = 8;  // after a pause between runs the fit may be stale

/// Waits until the CPU works as fast as the run asks for, or its patience is over; the time waited.
std::uint64_t await_calm(const RunSpec& spec, const TscClock& clock, const Progress& progress) noexcept {
  if (spec.calm_work_ns <= 0) return 0;
  const std::uint64_t begin = Tsc::now().ticks;
  const std::uint64_t wanted = clock.ticks_in(spec.calm_work_ns);
  const std::uint64_t patience = clock.ticks_in(static_cast<double>(spec.calm_wait_ns));
  for (int calm = 0; calm < kCalmInARow && Tsc::now().ticks - begin < patience && !progress.stopping();) {
    CpuSpeed speed;
    for (int i = 0; i < kSpeedSamples; ++i) speed.sample();
    calm = speed.median_ticks() <= wanted ? calm + 1 : 0;
  }
  return static_cast<std::uint64_t>(clock.span_ns(Tsc::now().ticks - begin));
}

/// The device gets a moment to take what it was given.
template <class P>
void drain(P& tx, const TscClock& clock) noexcept {
  const std::uint64_t end = Tsc::now().ticks + clock.ticks_in(kDrainNs);
  while (tx.owed() > 0 && tx.failed() == 0 && Tsc::now().ticks < end) tx.flush();
}

/// The spec's steps as departures and ticks.
std::vector<RateStep> steps_in_ticks(const RunSpec& spec, const TscClock& clock) {
  std::vector<RateStep> steps = spec.steps;
  const double per_tick = 1e-9 / clock.ticks_per_ns() / spec.burst;
  for (auto& s : steps)
    s = {static_cast<double>(clock.ticks_in(s.ticks)), s.from * per_tick, s.to * per_tick};
  return steps;
}

template <class P, class S>
Result<void> prepare(P& tx, const S& source, const RunSpec& spec) {
  if constexpr (JobPort<P>) {
    return tx.prepare(source.first_frame(), {.first_sequence = spec.first_sequence, .stamp = spec.stamp});
  } else {
    return tx.prepare(source.first_frame());
  }
}

template <class P>
std::uint64_t owed(const P& tx) noexcept {
  if constexpr (TxPort<P>) return tx.owed();
  return 0;
}

/// The loop for this port, this source and this load.
template <class P, class S>
SendEnd send_by_plan(P& tx, S& source, const RunSpec& spec, const SendJob& job, TscRunClock& run_clock,
                     const TscClock& clock, double mean_gap, Audit& audit, SendCount& c) {
  if constexpr (std::same_as<S, ReplaySource>) {
    if (spec.recorded)
      return send_paced(tx, source, job, run_clock, RecordedPlan(source, clock.ticks_per_ns()), audit, c);
  }
  const auto steps = steps_in_ticks(spec, clock);
  DeparturePlan plan(spec.gap, mean_gap, spec.seed);
  plan.set_steps(steps);
  plan.set_phase(clock.ticks_in(spec.phase_ns));
  plan.set_train(spec.train.departures,
                 static_cast<double>(clock.ticks_in(static_cast<double>(spec.train.gap_ns))));
  if constexpr (JobPort<P>) {
    const std::uint32_t bytes = source.first_frame().size();
    return spec.pps > 0 ? make_paced(tx, bytes, job, run_clock, plan, audit, c)
                        : make_flat_out(tx, bytes, job, run_clock, c);
  } else {
    return spec.pps > 0 ? send_paced(tx, source, job, run_clock, plan, audit, c)
                        : send_flat_out(tx, source, job, run_clock, c);
  }
}

template <class P, class S>
void send(P& tx, S& source, const RunSpec& spec, const SendJob& job, TscClock& clock, double mean_gap,
          RunResult& r) {
  TscRunClock run_clock(clock);
  SendCount c;
  const std::uint64_t refused_before = tx.errors();
  r.end = send_by_plan(tx, source, spec, job, run_clock, clock, mean_gap, r.audit, c);
  if constexpr (TxPort<P>) drain(tx, clock);
  const std::uint64_t over = Tsc::now().ticks;
  r.elapsed_ns = over > c.start ? static_cast<std::uint64_t>(clock.span_ns(over - c.start)) : 0;
  const std::uint64_t refused = tx.errors() - refused_before;
  r.sent = c.given - std::min(c.given, owed(tx) + refused);
  // Those that did not leave at the mean: a port does not say which they are.
  r.sent_bytes = r.sent == c.given
                     ? c.bytes
                     : static_cast<std::uint64_t>(static_cast<double>(c.bytes) * static_cast<double>(r.sent) /
                                                  static_cast<double>(c.given));
  r.tx_errors = owed(tx) + refused;
  job.progress.errors.store(r.tx_errors, std::memory_order_relaxed);
  r.port_errno = tx.failed();
  if (r.port_errno != 0) r.end = SendEnd::kPortFailed;
  r.clock_uncertainty_ns = clock.uncertainty_ns();
  r.work_ns = clock.span_ns(run_clock.speed().median_ticks());
  if (r.audit.departures() > 0) {
    r.first = clock.to_ns(Tsc{c.first});
    r.last = clock.to_ns(Tsc{c.last});
  }
  r.achieved_pps = achieved_pps(r);
  if constexpr (JobPort<P>) r.note = tx.note();
  if constexpr (StampingTxPort<P>) {
    if (const auto* stamps = tx.departures()) r.departures = *stamps;
  }
}

template <class P, class S>
Result<RunResult> run_on(P& tx, S& source, const RunSpec& spec, const RunTools& tools) {
  TscClock& clock = tools.clock;
  if (auto ok = prepare(tx, source, spec); !ok) return forward(ok);
  for (int i = 0; i < kFreshAnchors; ++i) clock.anchor();
  // Recorded departures have no mean that one could miss.
  const double mean_gap = spec.recorded  ? 1e18
                          : spec.pps > 0 ? spec.burst / spec.pps * 1e9 * clock.ticks_per_ns()
                                         : 0;
  SendJob job{.first_sequence = spec.first_sequence,
              .count = spec.count.value_or(kForever),
              .ticks = spec.duration_ns ? clock.ticks_in(static_cast<double>(*spec.duration_ns)) : kForever,
              .burst = spec.burst,
              .near = clock.ticks_in(kNearNs),
              .stall = clock.ticks_in(kStallNs),
              .board = tools.board,
              .lateness = tools.lateness,
              .progress = tools.progress};
  RunResult r{.offered_pps = spec.pps,
              .audit = Audit(clock.ticks_per_ns(), mean_gap),
              .counters = {},
              .before = {},
              .after = {}};
  r.waited_ns = await_calm(spec, clock, tools.progress);
  r.before = HostState::now();
  const auto counted = tools.counters.read();
  if (tools.gate != nullptr) {
    const auto begin = tools.gate->arrive();
    if (!begin) return error(Exit::kFailure, "another worker could not begin");
    job.begin = *begin;
  }
  send(tx, source, spec, job, clock, mean_gap, r);
  auto difference = PerfCounters::difference(counted, tools.counters.read());
  difference["missing"] = tools.counters.missing();
  r.counters = std::make_shared<const nlohmann::json>(std::move(difference));
  r.after = HostState::now();
  return r;
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

Result<RunResult> run(AnyPort& port, RunSpec& spec, const RunTools& tools) {
  if (auto* fixed = std::get_if<TemplateSource>(&spec.source)) fixed->set_stamp(spec.stamp);
  const auto send_from = [&](auto& tx, auto& source) -> Result<RunResult> {
    using P = std::remove_reference_t<decltype(tx)>;
    using S = std::remove_reference_t<decltype(source)>;
    if constexpr (JobPort<P> && std::same_as<S, TemplateSource>) {
      if (tools.writer == nullptr) return run_on(tx, source, spec, tools);
      return error(
          Exit::kUsage,
          fmt::format("{} makes its frames in the kernel: they can't be written", info_of(port).backend),
          "leave out --write");
    } else if constexpr (FrameSource<S, P>) {
      if (tools.writer == nullptr) return run_on(tx, source, spec, tools);
      TeePort<P> tee(tx, *tools.writer);
      return run_on(tee, source, spec, tools);
    }
    return error(Exit::kUsage,
                 fmt::format("{} sends one fixed frame, no profile and no capture", info_of(port).backend),
                 "send them from af_xdp or af_packet");
  };
  return std::visit([&](auto& p, auto& source) { return send_from(*p.tx, source); }, port, spec.source);
}

}  // namespace hopcost::pktgen
