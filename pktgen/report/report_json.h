// Results as JSON: the control channel's answer to "run", and the one object of --json.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "pktgen/options/validate.h"
#include "pktgen/session/outcome.h"

namespace hopcost::pktgen {

/// {"histogram" (base64), "count", "min_ns", "mean_ns", "p50_ns", ...}
[[nodiscard]] nlohmann::json summary_json(const HdrHistogram& h);

/// {"flow", "received", "missing", "duplicates", "reordered", "jitter_ns", "latency", "pdv", "residence"}:
/// counts since the run's begin, percentiles of the interval; null without times.
[[nodiscard]] nlohmann::json interval_json(const FlowInterval& flow);

/// The members of the answer to "run" that are about the run as a whole (doc/control-protocol.md).
[[nodiscard]] nlohmann::json to_json(const RunResult& r);

/// {"sent", "sent_bytes", "tx_errors", "audit", "counters"} of one lane.
[[nodiscard]] nlohmann::json lane_json(const RunResult& r, std::size_t lane);

/// {"port", "backend", "mode", "driver", "mac", "mtu", "numa"}; `name` is the caller's name of the port.
[[nodiscard]] nlohmann::json to_json(const PortInfo& info, const std::string& name);

/// [{"flow", "name", "sent", "probes"}]: what was sent of each flow of a profile.
[[nodiscard]] nlohmann::json flows_json(const ProfileSource& profile);

/// {"received", "lost", "duplicates", "reordered", ...} of all flows together; histograms in base64, ns. With
/// a profile or several workers "flows" has the same for each flow, relative to the probes it sent. Null
/// without a receiver.
[[nodiscard]] nlohmann::json rx_json(const Outcome& o, bool round_trip);

/// The whole report of a stand-alone run: the total, and "workers" with the same for each.
[[nodiscard]] nlohmann::json report(const Plan& plan, const Outcome& o);

}  // namespace hopcost::pktgen
