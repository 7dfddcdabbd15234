// What a session has counted so far, for stats lines, control socket and metrics.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pktgen/send/send_worker.h"
#include "pktgen/session/session.h"

namespace hopcost::pktgen {

/// {"sent", "bytes", "workers":[{"sent", "bytes"}][, "received", "missing", "rx_workers":[{"received"}]]}:
/// "missing" packets were sent and not received so far: lost, or on their way.
[[nodiscard]] nlohmann::json live_counts(const SendWorkers& senders, const RxWorkers& receivers);

/// The counts as OpenMetrics text (doc/pktgen-live.md has the names). They restart with each run. Only on the
/// session's owner thread.
[[nodiscard]] std::string metrics_text(const Session& session);

}  // namespace hopcost::pktgen
