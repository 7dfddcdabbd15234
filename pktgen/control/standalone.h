// Stand-alone pktgen: one run and its report, or more runs by a control socket.
#pragma once

#include "base/result.h"
#include "pktgen/options/config.h"

namespace hopcost::pktgen {

/// Opens all that is needed, drops capabilities, sends, and prints the result. Exit::kPartial when the run
/// was cut short; its result is printed all the same.
[[nodiscard]] Result<Exit> run_standalone(const Config& config);

}  // namespace hopcost::pktgen
