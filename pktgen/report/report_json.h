// Results as JSON: the answer of the control channel's run, and the one object of --json.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "pktgen/options/validate.h"
#include "pktgen/session/outcome.h"

namespace hopcost::pktgen {

/// {"histogram" (base64), "count", "min_ns", "mean_ns", "p50_ns", ...}
[[nodiscard]] nlohmann::json summary_json(const HdrHistogram& h);

/// {"flow", "received", "missing", "duplicates", "reordered", "jitter_ns", "latency", "pdv", "residence"}:
/// counts so far, percentiles of the interval; null where there was nothing.
[[nodiscard]] nlohmann::json interval_json(const FlowInterval& flow);

/// What doc/control-protocol.md has of a run as a whole in the answer to "run".
[[nodiscard]] nlohmann::json to_json(const RunResult& r);

/// {"sent", "sent_bytes", "tx_errors", "audit", "counters"} of one of its lanes.
[[nodiscard]] nlohmann::json lane_json(const RunResult& r, std::size_t lane);

/// {"port", "backend", "mode", "driver", "mac", "mtu", "numa"}; `name` is the caller's name of the port.
[[nodiscard]] nlohmann::json to_json(const PortInfo& info, const std::string& name);

/// [{"flow", "name", "sent", "probes"}]: what became of each flow of a profile.
[[nodiscard]] nlohmann::json flows_json(const ProfileSource& profile);

/// {"received", "lost", "duplicates", "reordered", ...} of all flows together; histograms in base64, ns. With
/// a profile or several workers "flows" has these for each, out of the probes it sent. Null without a
/// receiver.
[[nodiscard]] nlohmann::json rx_json(const Outcome& o, bool round_trip);

/// The whole of a stand-alone run: the total, and "workers" with the same for each.
[[nodiscard]] nlohmann::json report(const Plan& plan, const Outcome& o);

}  // namespace hopcost::pktgen
