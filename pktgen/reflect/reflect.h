// pktgen reflect: turns probes around until it is stopped or reaches a limit, and reports what it did.
#pragma once

#include "base/result.h"
#include "pktgen/options/config.h"

namespace hopcost::pktgen {

/// Opens the port, drops the privileges not needed any more, reflects, and prints the result. Exit::kPartial
/// when it was cut short; its result is printed all the same. Errors: kUsage for a port that can't reflect;
/// of open_port().
[[nodiscard]] Result<Exit> run_reflector(const Config& config);

}  // namespace hopcost::pktgen
