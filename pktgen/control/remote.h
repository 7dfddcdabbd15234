// The requests that a control socket takes while pktgen runs stand-alone (doc/control-protocol.md).
#pragma once

#include <map>
#include <string>

#include "base/control.h"
#include "pktgen/control/runner.h"

namespace hopcost::pktgen {

/// Handlers of start, stop, rate, counters and status. `runner` outlives them.
[[nodiscard]] std::map<std::string, ControlHandler> remote_handlers(Runner& runner);

}  // namespace hopcost::pktgen
