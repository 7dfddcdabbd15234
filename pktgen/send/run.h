// One run: probes of one lane or of several in turn, on the calling thread, and what became of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/host_state.h"
#include "base/perf_counters.h"
#include "pktgen/io/any_port.h"
#include "pktgen/pace/audit.h"
#include "pktgen/pace/departure_plan.h"
#include "pktgen/pace/rate_pieces.h"
#include "pktgen/pace/start_gate.h"
#include "pktgen/pace/turns.h"
#include "pktgen/send/lane.h"
#include "pktgen/source/frame_source.h"
#include "pktgen/source/profile/source.h"
#include "pktgen/source/replay/replay_source.h"
#include "wire/pcapng_writer.h"

namespace hopcost::pktgen {

/// Every source there is; chosen once, static inside a run.
using AnySource = std::variant<TemplateSource, ProfileSource, ReplaySource>;

/// One lane of a run.
struct LaneSpec {
  AnyPort* port = nullptr;  ///< Opened to send; outlives the run. Lanes may share one.
  AnySource source;
  LaneCount count = {};            ///< Its first sequence, and what was given so far.
  LatenessBoard* board = nullptr;  ///< When somebody receives.
};

/// A run as it is asked for.
struct RunSpec {
  std::vector<LaneSpec> lanes;  ///< At least one.
  std::optional<TurnSpec> turns =
      {};  ///< Needed with several lanes; then the run ends at the end of a round.
  /// At least one of these is there: rounds (with turns), packets of all lanes, time.
  std::optional<std::uint64_t> rounds = {};
  std::optional<std::uint64_t> count = {};
  std::optional<std::uint64_t> duration_ns = {};
  double pps = 0;  ///< 0: as fast as it can. With steps: their mean.
  /// In place of one rate; packets a second and ns, where RateStep has departures and ticks.
  std::vector<RateStep> steps = {};
  Train train = {};
  bool recorded = false;  ///< A capture's own times; pps is 0.
  Gap gap = Gap::kConstant;
  std::uint32_t burst = 1;  ///< Packets a departure, 1..kMaxBurst.
  std::uint64_t seed = 1;
  double phase_ns = 0;  ///< The first departure is so long after the begin.
  /// Number and stamp each frame; else all go out as they were built (a JobPort numbers them all the same).
  bool stamp = true;
};

/// What became of one lane.
struct LaneResult {
  std::uint64_t sent = 0;        ///< Packets the device took.
  std::uint64_t sent_bytes = 0;  ///< Their frames without FCS.
  std::uint64_t tx_errors = 0;   ///< Packets it refused, and those still owed at the end.
  Lateness lateness = {};
  LaneMeter::Charged counters = {};  ///< Of the sending thread, over its trains.
};

/// How a run went.
struct RunResult {
  std::vector<LaneResult> lanes = {};
  std::uint64_t sent = 0, sent_bytes = 0, tx_errors = 0;  ///< Of all lanes.
  std::uint64_t elapsed_ns = 0;  ///< From the first departure until nothing was owed.
  double offered_pps = 0;        ///< As asked for; 0: as fast as it can.
  double achieved_pps = 0;
  std::uint64_t first = 0, last = 0;  ///< Departures of a run with a plan, ns of CLOCK_REALTIME.
  double clock_uncertainty_ns = 0;
  double work_ns = 0;  ///< Median of the fixed work in the run's idle moments; 0: there were none.
  SendEnd end = SendEnd::kDone;
  int port_errno = 0;     ///< Why the port failed.
  std::string note = {};  ///< What the counts do not say, where a port makes its frames itself.
  std::optional<DepartureStamps> departures = {};  ///< By the NIC, where it stamps what it sends.
  Audit audit;
  PerfCounts counters = {};  ///< Of the sending thread while it sent.
  std::string counters_missing = {};
  HostState before = {}, after = {};  ///< Of the sender's CPU where it is known.
};

/// Between the first and the last departure, or over the elapsed time where there was no plan.
[[nodiscard]] double achieved_pps(const RunResult& r) noexcept;

/// What a run works with. All of it belongs to the calling thread while it lasts; `counters` were opened by
/// it.
struct RunTools {
  TscClock& clock;
  const PerfCounters& counters;
  Progress& progress;
  int cpu = -1;                     ///< The calling thread's; -1: any.
  LiveBuckets* lateness = nullptr;  ///< When somebody watches.
  PcapngWriter* writer = nullptr;   ///< Where what is sent is written as well.
  StartGate* gate = nullptr;        ///< With other workers: they begin at one instant.
};

/// Sends on the calling thread, which moves the spec's sources and counts on: a spec is for one run. Errors:
/// kUsage when lanes can't be of one run (ports or sources of different kinds; frames on one port that differ
/// in more than the flow; turns without a rate), or the port takes one fixed frame alone and the source has
/// others; of prepare(); a run that began always has a result.
[[nodiscard]] Result<RunResult> run(RunSpec& spec, const RunTools& tools);

}  // namespace hopcost::pktgen
