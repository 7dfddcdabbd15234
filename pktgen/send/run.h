// One run: sends probes of one lane, or of several in turn, on the calling thread, and counts what became of
// them.
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

/// A source of any kind. It is chosen once; inside a run all calls are static.
using AnySource = std::variant<TemplateSource, ProfileSource, ReplaySource>;

/// One lane of a run.
struct LaneSpec {
  AnyPort* port = nullptr;  ///< Opened to send; outlives the run. Lanes may share one.
  AnySource source;
  LaneCount count = {};            ///< Its first sequence number, and what was given so far.
  LatenessBoard* board = nullptr;  ///< Where a receiving thread finds how late packets left, or null.
};

/// A run as it is asked for.
struct RunSpec {
  std::vector<LaneSpec> lanes;         ///< At least one.
  std::optional<TurnSpec> turns = {};  ///< Needed with several lanes; the run then ends with a round.
  /// When the run ends; at least one of the three is set. `rounds` needs turns; `count` is packets of all
  /// lanes.
  std::optional<std::uint64_t> rounds = {};
  std::optional<std::uint64_t> count = {};
  std::optional<std::uint64_t> duration_ns = {};
  double pps = 0;  ///< Packets a second of all lanes; 0: as fast as possible. With steps: their mean.
  /// In place of one rate. Here a RateStep is in packets a second and ns, not in departures a tick and ticks.
  std::vector<RateStep> steps = {};
  Train train = {};
  bool recorded = false;  ///< Departures at a capture's own times; pps is 0.
  Gap gap = Gap::kConstant;
  std::uint32_t burst = 1;  ///< Packets per departure, 1..kMaxBurst.
  std::uint64_t seed = 1;
  double phase_ns = 0;  ///< Time from the begin to the first departure.
  /// Number and stamp each frame. If false, frames go out as they were built; a MakerPort still numbers them.
  bool stamp = true;
};

/// What became of one lane.
struct LaneResult {
  std::uint64_t sent = 0;        ///< Packets the device took.
  std::uint64_t sent_bytes = 0;  ///< Their frames without FCS.
  std::uint64_t tx_errors = 0;   ///< Packets the device refused, and those still owed at the end.
  Lateness lateness = {};
  LaneMeter::Charged counters = {};  ///< The sending thread's counters over the lane's trains.
};

/// How a run went.
struct RunResult {
  std::vector<LaneResult> lanes = {};
  std::uint64_t sent = 0, sent_bytes = 0, tx_errors = 0;  ///< Sums over all lanes.
  std::uint64_t began_ns = 0;    ///< Of CLOCK_REALTIME: departures are planned from here; 0: stopped before.
  std::uint64_t elapsed_ns = 0;  ///< From the first departure until nothing was owed any more.
  double offered_pps = 0;        ///< As asked for; 0: as fast as possible.
  double achieved_pps = 0;
  std::uint64_t first = 0, last = 0;  ///< Departures, if there was a plan; ns of CLOCK_REALTIME.
  double clock_uncertainty_ns = 0;
  double work_ns = 0;  ///< Median of the fixed work (base/cpu_speed.h) in idle moments; 0: none.
  SendEnd end = SendEnd::kDone;
  int port_errno = 0;     ///< errno of a port that failed; 0: none did.
  std::string note = {};  ///< What a person should know besides the counts (NotingPort); empty: nothing.
  std::optional<DepartureStamps> departures = {};  ///< The NIC's stamps, where it stamps what it sends.
  Audit audit;
  PerfCounts counters = {};  ///< The sending thread's, over the sending.
  std::string counters_missing = {};
  HostState before = {}, after = {};  ///< The host's, and the sender CPU's where that is known.
};

/// Packets a second between the first and the last departure, or over the elapsed time where there was no
/// plan.
[[nodiscard]] double achieved_pps(const RunResult& r) noexcept;

/// What a run works with. All of it belongs to the calling thread during the run; that thread also opened
/// `counters`.
struct RunTools {
  TscClock& clock;
  const PerfCounters& counters;
  Progress& progress;
  int cpu = -1;                     ///< The calling thread's; -1: any.
  LiveBuckets* lateness = nullptr;  ///< Where other threads see how late departures are, or null.
  PcapngWriter* writer = nullptr;   ///< A capture to which all sent frames are also written, or null.
  StartGate* gate = nullptr;        ///< Where this worker waits for the others before it begins, or null.
};

/// Sends on the calling thread. This moves the spec's sources and counts on, so a spec is for one run.
/// Errors: kUsage when lanes can't be in one run (ports or sources of different kinds; frames on one port
/// that differ in more than the flow; turns without a rate), or when the port only takes one fixed frame and
/// the source has others; prepare()'s. A run that began always has a result.
[[nodiscard]] Result<RunResult> run(RunSpec& spec, const RunTools& tools);

}  // namespace hopcost::pktgen
