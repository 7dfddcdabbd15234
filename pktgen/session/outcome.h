// What became of a run: of each worker, of each flow, and of all together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pktgen/receive/rx_worker.h"
#include "pktgen/send/run.h"

namespace hopcost::pktgen {

/// Where a worker sends, known before it does.
struct WorkerPlace {
  std::string
      port;  ///< As the person wrote it, without its other queues; of several lanes all, in their order.
  std::uint32_t queue = 0;
  int cpu = -1;  ///< -1: anywhere.
  PortInfo info;
};

/// Where a lane sends.
struct LanePlace {
  std::string port;  ///< As the person wrote it, without its other queues.
  std::uint32_t queue = 0;
  PortInfo info;
  std::size_t open = 0;  ///< Which of the open ports: lanes may share one.
};

/// Of one worker; packets it sent and probes among them.
struct SentFlow {
  std::size_t worker = 0;
  std::uint16_t id = 0;
  std::string name;  ///< Of a profile's flow.
  std::uint64_t sent = 0, probes = 0;
};

struct Outcome {
  std::vector<WorkerPlace> places;
  std::vector<LanePlace> lanes;    ///< Worker by worker; as total.lanes.
  std::vector<RunSpec> specs;      ///< One a worker, their sources moved on to the end.
  std::vector<RunResult> results;  ///< One a worker.
  RunResult total;
  std::vector<SentFlow> flows;  ///< Worker by worker; empty for a capture.
  std::optional<RxResult> rx;   ///< Its accounts are of `flows`, in their order.
  /// Probes sent, of all flows.
  [[nodiscard]] std::uint64_t probes() const noexcept;
};

/// All workers as one: counts and rates added, histograms merged, times the longest, uncertainties the
/// largest. Its end is that of the worker whose fault it was, else a stop if there was one. At least one
/// result.
[[nodiscard]] RunResult merge_results(const std::vector<RunResult>& results);

/// What each worker sent of each of its flows. `flow` is the first lane's fixed one, those of the others
/// follow.
[[nodiscard]] std::vector<SentFlow> sent_flows(const std::vector<RunSpec>& specs, const RunResult& total,
                                               std::uint16_t flow);

/// The same while the sources are at work.
[[nodiscard]] std::vector<SentFlow> sent_flows_now(const std::vector<RunSpec>& specs, std::uint16_t flow);

/// Everything received, of all flows as if they were one.
[[nodiscard]] RxAccount merged_account(const RxResult& rx);

/// When the next frame of a capture at recorded times is due, ns after the first, where the run's time was
/// over before.
[[nodiscard]] std::optional<double> never_due(const Outcome& o);

/// Why a run is partial: "stopped", "port failed: ...", "stalled", with the worker where there are several,
/// or the capture's fault; empty when it is whole.
[[nodiscard]] std::string partial_reason(const Outcome& o);
[[nodiscard]] std::string partial_reason(const RunResult& r);

}  // namespace hopcost::pktgen
