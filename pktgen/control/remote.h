// What a control socket takes while pktgen runs for a person (doc/control-protocol.md).
#pragma once

#include <map>
#include <string>

#include "base/control.h"
#include "pktgen/control/runner.h"

namespace hopcost::pktgen {

/// start, stop, rate, counters and status of the runner, which outlives them.
[[nodiscard]] std::map<std::string, ControlHandler> remote_handlers(Runner& runner);

}  // namespace hopcost::pktgen
