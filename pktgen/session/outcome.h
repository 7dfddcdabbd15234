// The outcome of a run: of each worker, of each flow, and of all together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pktgen/receive/rx_worker.h"
#include "pktgen/send/run.h"

namespace hopcost::pktgen {

/// Where a worker sends; known before the run.
struct WorkerPlace {
  std::string port;  ///< As the person wrote it, but with this queue alone; with several lanes all their
                     ///< ports, in order.
  std::uint32_t queue = 0;
  int cpu = -1;  ///< -1: anywhere.
  PortInfo info;
};

/// Where a lane sends.
struct LanePlace {
  std::string port;  ///< As the person wrote it, but with this queue alone.
  std::uint32_t queue = 0;
  PortInfo info;
  std::size_t open = 0;  ///< Index among the open ports; lanes may share one.
};

/// One flow of one worker: the packets sent, and how many of them were probes.
struct SentFlow {
  std::size_t worker = 0;
  std::uint16_t id = 0;
  std::string name;  ///< The profile's name for the flow.
  std::uint64_t sent = 0, probes = 0;
};

struct Outcome {
  std::vector<WorkerPlace> places;
  std::vector<LanePlace> lanes;    ///< Worker by worker, in the order of total.lanes.
  std::vector<RunSpec> specs;      ///< One per worker, with the sources as the run left them.
  std::vector<RunResult> results;  ///< One per worker.
  RunResult total;
  std::vector<SentFlow> flows;  ///< Worker by worker; empty for a capture.
  std::optional<RxResult> rx;   ///< What was received; one account for each of `flows`, in their order.
  /// Probes sent, of all flows.
  [[nodiscard]] std::uint64_t probes() const noexcept;
};

/// The results of all workers (at least one) as one: counts and rates are added, histograms merged; of times
/// the longest is taken, of uncertainties the largest. `end` is that of the worker at fault, else kStopped if
/// any worker was stopped.
[[nodiscard]] RunResult merge_results(const std::vector<RunResult>& results);

/// What each worker sent of each of its flows. `flow` is the id of the first lane's fixed flow; those of the
/// other lanes follow it.
[[nodiscard]] std::vector<SentFlow> sent_flows(const std::vector<RunSpec>& specs, const RunResult& total,
                                               std::uint16_t flow);

/// The same during the run.
[[nodiscard]] std::vector<SentFlow> sent_flows_now(const std::vector<RunSpec>& specs, std::uint16_t flow);

/// Everything received, with all flows taken as one.
[[nodiscard]] RxAccount merged_account(const RxResult& rx);

/// If the run's time was over before a capture's next frame was due at its recorded time: when that frame is
/// due, ns after the first. Else nothing.
[[nodiscard]] std::optional<double> never_due(const Outcome& o);

/// Why nothing of what was sent came in, and what to look at; empty when something did, and where nobody
/// receives. All lost can be the true answer, so the run is not partial.
[[nodiscard]] std::string silence(const Outcome& o);

/// Why a run is partial: "stopped", "port failed: ...", "stalled", with the worker where there are several,
/// the fault of a receiving port, or that of the capture file; empty when the run is complete.
[[nodiscard]] std::string partial_reason(const Outcome& o);
[[nodiscard]] std::string partial_reason(const RunResult& r);

}  // namespace hopcost::pktgen
