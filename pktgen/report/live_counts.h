// What a session has counted by now, for those who watch it: stats lines, control socket, metrics.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pktgen/send/send_worker.h"
#include "pktgen/session/session.h"

namespace hopcost::pktgen {

/// {"sent", "bytes", "workers":[{"sent", "bytes"}][, "received", "missing", "rx_workers":[{"received"}]]}:
/// "missing" packets were sent and not received: lost or on their way.
[[nodiscard]] nlohmann::json live_counts(const SendWorkers& senders, const RxWorkers& receivers);

/// As OpenMetrics text (doc/pktgen-live.md has the names). Counts begin anew with each run. Owner thread of
/// the session.
[[nodiscard]] std::string metrics_text(const Session& session);

}  // namespace hopcost::pktgen
