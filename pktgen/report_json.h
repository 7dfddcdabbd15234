// Results as JSON: the answer of the control channel's run, and the one object of --json.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "pktgen/run.h"
#include "pktgen/rx_worker.h"
#include "pktgen/validate.h"

namespace hopcost::pktgen {

/// As doc/control-protocol.md has the answer to "run".
[[nodiscard]] nlohmann::json to_json(const RunResult& r);

/// {"port", "backend", "mode", "driver", "mac", "mtu", "numa"}; `name` is the caller's name of the port.
[[nodiscard]] nlohmann::json to_json(const PortInfo& info, const std::string& name);

/// {"received", "lost", "duplicates", "reordered", ...}; histograms in base64, ns.
[[nodiscard]] nlohmann::json to_json(const RxResult& rx, std::uint64_t sent, bool round_trip);

/// The whole of a stand-alone run.
[[nodiscard]] nlohmann::json report(const Plan& plan, const PortInfo& info, const RunSpec& spec,
                                    const RunResult& r, const std::optional<RxResult>& rx);

/// Why a run is partial: "stopped", "port failed: ...", "stalled"; empty when it is whole.
[[nodiscard]] std::string partial_reason(const RunResult& r);

}  // namespace hopcost::pktgen
